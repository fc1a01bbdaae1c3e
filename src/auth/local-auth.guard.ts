import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../http/app-error.js';
import { RequestValidationPipe } from '../http/validation.pipe.js';
import { LoginDto } from './login.dto.js';
import { LOCAL_STRATEGY } from './local.strategy.js';
import { RefreshCookie } from './refresh-cookie.js';

/**
 * Signs the caller in with the credentials in the body. Guards run before pipes, and passport-local
 * takes untyped values from the body or else from the query: so the body is validated here first,
 * and as it then holds both fields, the query is never read.
 * Throws `AppError` 401 and 422, and 403 `cross_site_request` for a cookie that a page of ours did not ask for.
 */
@Injectable()
export class LocalAuthGuard extends AuthGuard(LOCAL_STRATEGY) {
  private readonly validation = new RequestValidationPipe();

  constructor(private readonly refreshCookie: RefreshCookie) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const body = (await this.validation.transform(request.body, {
      type: 'body',
      metatype: LoginDto,
    })) as LoginDto;
    if (body.refreshTokenIn === 'cookie') this.refreshCookie.assertOwnPage(request);
    request.body = body;
    return super.canActivate(context) as Promise<boolean>;
  }

  override handleRequest<TUser>(error: unknown, user: TUser | false): TUser {
    if (error) throw error;
    if (!user) throw new AppError('invalid_credentials');
    return user;
  }
}
