import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { accessOf } from '../common/access.js';
import { AppError } from '../common/app-error.js';

/**
 * Lets only signed-in callers pass, wherever `@Public()` does not say otherwise. Registered globally;
 * a controller may name it as well. Throws `AppError` 401.
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  override canActivate(context: ExecutionContext) {
    const { isPublic } = accessOf(context.getClass(), context.getHandler());
    return isPublic ? true : super.canActivate(context);
  }

  override handleRequest<TUser>(
    error: unknown,
    user: TUser | false,
    _info: unknown,
    context: ExecutionContext,
  ): TUser {
    if (error) throw error;
    if (user) return user;
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    throw new AppError(headers.authorization ? 'invalid_token' : 'authentication_required');
  }
}
