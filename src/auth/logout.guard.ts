import { type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../http/app-error.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { RefreshCookie } from './refresh-cookie.js';
import { VerifiedTokens } from './verified-tokens.js';

/**
 * Lets pass who can name a session: by its access token, or by its refresh token, for which the access token may have
 * expired (RFC 7009). Throws `AppError` 401 for neither, and as `RefreshCookie` for a cookie that does not count.
 */
@Injectable()
export class LogoutGuard extends JwtAuthGuard {
  constructor(
    verified: VerifiedTokens,
    private readonly refreshCookie: RefreshCookie,
  ) {
    super(verified);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context
      .switchToHttp()
      .getRequest<FastifyRequest<{ Body: { refreshToken?: unknown } | null | '' | undefined }>>();
    // The body may be left out, in whatever way a client does so.
    request.body ||= {};
    const { refreshToken } = request.body;
    const hasRefreshToken =
      refreshToken === undefined
        ? this.refreshCookie.tokensIn(request).length > 0
        : typeof refreshToken === 'string';
    try {
      return (await this.authenticate(context)) as boolean;
    } catch (error) {
      if (hasRefreshToken && error instanceof AppError && error.status === 401) return true;
      throw error;
    }
  }
}
