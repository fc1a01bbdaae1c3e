import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { originIn, prefixIn } from '../common/url-parts.js';
import { AppError } from '../http/app-error.js';
import { cookieName, cookieValues } from '../http/cookies.js';
import { AppConfig } from '../platform/config/app-config.js';
import type { Session } from '../sessions/session.entity.js';
import type { RefreshTokenPlace } from './refresh-token-in.decorator.js';
import { RefreshTokens } from './refresh-tokens.js';
import type { TokensDto } from './tokens.dto.js';

/** Where browsers send the cookie. Only refresh and logout read it. */
export const REFRESH_COOKIE_PATH = '/api/auth';

const JSON_TYPE = /^application\/json\s*(?:;|$)/i;

/**
 * The refresh token of an application in the browser, where no script can read it (`HttpOnly`), and which pages of other
 * sites never cause to be sent (`SameSite=Strict`). A sibling host is of the same site: so a request with the cookie also
 * has to be JSON, and to come from `PUBLIC_URL` or an origin of `CORS_ORIGINS`.
 */
@Injectable()
export class RefreshCookie {
  private readonly name: string;
  private readonly options: object;
  private readonly origins: ReadonlySet<string>;

  constructor(
    { publicUrl, corsOrigins }: AppConfig,
    private readonly tokens: RefreshTokens,
  ) {
    const path = prefixIn(publicUrl) + REFRESH_COOKIE_PATH;
    const isHttps = publicUrl.startsWith('https:');
    this.name = cookieName('refresh', isHttps, path);
    this.options = { path, httpOnly: true, secure: isHttps, sameSite: 'strict' };
    this.origins = new Set([originIn(publicUrl), ...corsOrigins]);
  }

  /**
   * Throws `AppError` 403 `cross_site_request` for a request that a page of ours did not send, and 415
   * `unsupported_media_type` for one that is not JSON.
   */
  assertOwnPage({ headers }: FastifyRequest): void {
    if (!this.origins.has(headers.origin ?? '')) {
      throw new AppError('cross_site_request', {
        detail: 'A refresh cookie needs an Origin header with PUBLIC_URL or one of CORS_ORIGINS.',
      });
    }
    if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
      throw new AppError('unsupported_media_type');
    }
  }

  /** Returns the tokens in the cookies of a request, mostly none or one. Throws `AppError` as `assertOwnPage`. */
  tokensIn(request: FastifyRequest): string[] {
    const values = cookieValues(request, this.name).filter((value) => value !== '');
    if (values.length > 0) this.assertOwnPage(request);
    return [...new Set(values)];
  }

  /**
   * Returns the token in the cookie of a request, or undefined without a cookie. Throws `AppError` as `assertOwnPage`,
   * and 401 `invalid_refresh_token` when there is not exactly one that we made: a sibling host can add a cookie, and
   * must not choose the session.
   */
  tokenIn(request: FastifyRequest): string | undefined {
    const values = this.tokensIn(request);
    if (values.length === 0) return undefined;
    const [token, ...others] = values.filter((value) => this.tokens.readRefreshToken(value));
    if (token === undefined || others.length > 0) throw new AppError('invalid_refresh_token');
    return token;
  }

  /** Returns the answer with its refresh token where the client wants it; the cookie lives as long as the session. */
  deliver(
    reply: FastifyReply,
    tokens: TokensDto,
    { idleExpiresAt, absoluteExpiresAt }: Session,
    place: RefreshTokenPlace = 'body',
  ): TokensDto {
    if (place === 'body') return tokens;
    const { refreshToken, ...answer } = tokens;
    const end = Math.min(idleExpiresAt.getTime(), absoluteExpiresAt.getTime());
    const maxAge = Math.max(0, Math.floor((end - Date.now()) / 1000));
    void reply.setCookie(this.name, refreshToken!, { ...this.options, maxAge });
    return answer;
  }

  /** Makes the browser forget the token. */
  clear(reply: FastifyReply): void {
    void reply.setCookie(this.name, '', { ...this.options, maxAge: 0 });
  }
}
