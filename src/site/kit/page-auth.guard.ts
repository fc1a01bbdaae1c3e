import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessOf } from '../../access/access.js';
import { isOfPages } from '../../access/page-route.js';
import type { Principal } from '../../access/principal.js';
import { KnownBrowsers } from './known-browsers.js';
import { PageContexts } from './page-context.js';
import { PageSessionsService } from './page-sessions.service.js';

/** The visitor has to sign in first. */
export class SignInFirst extends Error {
  /**
   * @param next where the visitor wanted to go; the page of the form, if it is left out
   * @param hadSession whether the browser still sends the cookie of a session
   */
  constructor(
    readonly next: string | undefined,
    readonly hadSession: boolean,
  ) {
    super('Sign in first.');
  }
}

/**
 * Knows the visitors of pages by their cookie, and sends to the login page who has to be signed in. For
 * the API it does nothing, as `JwtAuthGuard` does nothing for pages. Registered globally.
 */
@Injectable()
export class PageAuthGuard implements CanActivate {
  constructor(
    private readonly sessions: PageSessionsService,
    private readonly browsers: KnownBrowsers,
    private readonly contexts: PageContexts,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return !isOfPages(context.getClass()) || this.identify(context);
  }

  private async identify(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest & { user?: Principal | undefined }>();
    request.user = await this.sessions.principalOf(request);
    const reply = http.getResponse<FastifyReply>();
    if (request.user) this.sessions.renewCookie(request, reply, request.user);
    this.browsers.renewCookie(request, reply);
    this.contexts.contextOf(request, reply);
    const { isPublic } = accessOf(context.getClass(), context.getHandler());
    if (!isPublic && !request.user) {
      const next = request.method === 'GET' ? request.url : undefined;
      throw new SignInFirst(next, this.sessions.isNamedBy(request));
    }
    return true;
  }
}
