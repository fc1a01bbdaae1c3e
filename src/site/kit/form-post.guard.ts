import 'reflect-metadata';
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Post,
  SetMetadata,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../http/app-error.js';
import { originIn } from '../../common/url-parts.js';
import { accessOf } from '../../access/access.js';
import { isOfPages } from '../../access/page-route.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { OtherOrigins } from './other-origins.js';
import { PageContexts } from './page-context.js';

const SAFE_METHODS = new Set(['GET', 'HEAD']);
/** Not `same-site`: another application on a sibling host is not trusted. */
const OUR_SITES: ReadonlySet<unknown> = new Set(['same-origin', 'none']);
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

/** A handler of a page controller that takes a form. */
export const FormPost = (path?: string) => applyDecorators(Post(path), HttpCode(200));

const FOREIGN = 'gatehouse:foreign-form';

/**
 * A handler that takes a form which another site has the browser send. It comes without our cookies: all that it may
 * do is to send the browser on.
 */
export const ForeignFormPost = (path?: string) =>
  applyDecorators(Post(path), HttpCode(200), SetMetadata(FOREIGN, true));

/**
 * Lets forms through to where they belong, and only from our own pages (ASVS 3.5.1 to 3.5.3, ATTACKS A35):
 * `Sec-Fetch-Site` is `same-origin`, or `none` when the user caused the request, as by restoring a tab. Browsers
 * without that header have to send our `Origin`. And the form carries the token that this browser was given. The API
 * takes no forms: 415 for one with a body. Registered globally. Throws `AppError` 403 `cross_site_request`, 419
 * `form_expired` and `cookies_missing`.
 */
@Injectable()
export class FormPostGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly contexts: PageContexts,
    private readonly origins: OtherOrigins,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const isForm = FORM_TYPE.test(request.headers['content-type'] ?? '');
    if (!isOfPages(context.getClass())) {
      if (!isForm || request.body === undefined) return true;
      if (accessOf(context.getClass(), context.getHandler()).isUnguarded) return true;
      throw new AppError('unsupported_media_type');
    }
    if (SAFE_METHODS.has(request.method)) return true;
    const isForeign = Reflect.getMetadata(FOREIGN, context.getHandler()) === true;
    if (isForeign && isForm) {
      request.body ??= {};
      return true;
    }
    const { origin, 'sec-fetch-site': site } = request.headers;
    const isOurs =
      site === undefined ? origin === originIn(this.config.publicUrl) : OUR_SITES.has(site);
    if (site === undefined && !isOurs) this.origins.report(origin);
    if (!isOurs || !isForm) throw new AppError('cross_site_request');
    const page = this.contexts.contextOf(request, http.getResponse<FastifyReply>());
    if (page.hasFormToken) {
      this.origins.report(origin);
      return true;
    }
    throw new AppError(page.isKnown ? 'form_expired' : 'cookies_missing');
  }
}
