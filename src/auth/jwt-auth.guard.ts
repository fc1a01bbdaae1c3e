import { Injectable, type ExecutionContext, Optional } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { accessOf } from '../access/access.js';
import { GuardOfRoutes } from '../access/unguarded.js';
import { isOfPages } from '../access/page-route.js';
import { AppError } from '../http/app-error.js';
import type { Principal } from '../access/principal.js';
import { JWT_STRATEGY, KeyLookupError } from './jwt.strategy.js';
import { VerifiedTokens } from './verified-tokens.js';

/**
 * Lets only signed-in callers pass, wherever `@Public()` does not say otherwise. Registered globally;
 * a controller may name it as well. Throws `AppError` 401.
 */
@GuardOfRoutes
@Injectable()
export class JwtAuthGuard extends AuthGuard(JWT_STRATEGY) {
  /** @param verified absent where a module names the guard without importing ours: slower, not laxer */
  constructor(@Optional() private readonly verified?: VerifiedTokens) {
    super();
  }

  override canActivate(context: ExecutionContext) {
    // Visitors of pages are known by their cookie: PageAuthGuard.
    if (isOfPages(context.getClass())) return true;
    const { isPublic, knowsCaller } = accessOf(context.getClass(), context.getHandler());
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // An empty header is a credential as well, and no valid one.
    if (isPublic && !(knowsCaller && request.headers.authorization !== undefined)) return true;
    return this.authenticate(context);
  }

  /** Makes the caller known by the access token. Throws `AppError` 401. */
  protected authenticate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest<FastifyRequest & { user?: Principal }>();
    const principal = this.verified?.principalOf(request.headers.authorization);
    if (!principal) return super.canActivate(context);
    request.user = principal;
    return true;
  }

  override handleRequest<TUser>(
    error: unknown,
    user: TUser | false,
    info: unknown,
    context: ExecutionContext,
  ): TUser {
    if (error) throw error;
    // passport-jwt reports a database that is down as if the token were wrong.
    if (info instanceof KeyLookupError) throw info.cause;
    if (user) return user;
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    throw new AppError(
      headers.authorization === undefined ? 'authentication_required' : 'invalid_token',
    );
  }
}
