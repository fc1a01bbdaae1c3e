import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { accessOf } from '../common/access.js';
import { isOfPages } from '../common/page-route.js';
import type { Principal } from '../common/principal.js';
import { KnownBrowsers } from './known-browsers.js';
import { PageContexts } from './page-context.js';
import { PageSessionsService } from './page-sessions.service.js';

/** Who is not signed in has to be first. `next` is where they wanted to go. */
export class SignInFirst extends Error {
  constructor(readonly next: string) {
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
    this.contexts.of(request, reply);
    const { isPublic } = accessOf(context.getClass(), context.getHandler());
    if (!isPublic && !request.user) {
      throw new SignInFirst(request.method === 'GET' ? request.url : '');
    }
    return true;
  }
}
