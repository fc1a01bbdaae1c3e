import { randomBytes } from 'node:crypto';
import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ComponentChildren } from 'preact';
import { render } from 'preact-render-to-string';
import type { Actor, CallingActor, SignedInActor } from '../common/current-actor.decorator.js';
import { clientOf } from '../common/current-client.decorator.js';
import type { Principal } from '../common/principal.js';
import { Assets } from './assets.js';
import { KnownBrowsers } from './known-browsers.js';
import { Layout } from './layout.js';
import { type Message, type MessageLevel, Messages } from './messages.js';
import { PageCookies } from './page-cookies.js';
import { FORM_TOKEN_FIELD, type FormOutcome, type PageFrame } from './page-frame.js';

const FORM_COOKIE = 'form';
const FORM_TOKEN = 'form-token';
type PageRequest = FastifyRequest & { page?: PageContext; user?: Principal | undefined };

/** One request of a browser, and the page that answers it. */
export class PageContext implements PageFrame {
  private token: string | undefined;
  private readonly messages: Message[] = [];

  constructor(
    private readonly parts: {
      cookies: PageCookies;
      browsers: KnownBrowsers;
      flash: Messages;
      assets: Assets;
    },
    readonly request: PageRequest,
    private readonly reply: FastifyReply,
  ) {}

  get principal(): Principal | undefined {
    return this.request.user;
  }

  /** Who is signed in, on a page that is not public. */
  get user(): Principal {
    return this.request.user!;
  }

  get actor(): SignedInActor & CallingActor {
    const actor: Actor = {
      origin: 'page',
      principal: this.request.user,
      client: { ...clientOf(this.request), browser: this.parts.browsers.of(this.request) },
    };
    return actor as SignedInActor & CallingActor;
  }

  /** The path and query of the request. */
  get address(): string {
    return this.request.url;
  }

  /** Bound to this browser and this session (ASVS 3.5.1). */
  get formToken(): string {
    // Once for all forms of a page.
    this.token ??= this.parts.cookies.sign(FORM_TOKEN, this.messageFor(this.secretOfBrowser()));
    return this.token;
  }

  /** Whether a form carries the token that this browser was given in this session. */
  hasFormToken(body: unknown): boolean {
    const token = (body as Record<string, unknown> | null | undefined)?.[FORM_TOKEN_FIELD];
    return (
      typeof token === 'string' &&
      this.parts.cookies
        .readAll(this.request, FORM_COOKIE)
        .some((secret) => this.parts.cookies.hasSigned(FORM_TOKEN, this.messageFor(secret), token))
    );
  }

  /** Tells something on the page that is shown next, once, also after a redirect. */
  tell(level: MessageLevel, text: string): void {
    this.messages.push({ level, text });
  }

  /**
   * Sends a page.
   * @param outcome its status, or the form on it that is shown again
   * @param above what stands before its title: the way to other pages of the same part
   */
  show(
    title: string,
    children: ComponentChildren,
    outcome: number | FormOutcome = 200,
    above?: ComponentChildren,
  ): void {
    const { status = 200, retryAfter } =
      typeof outcome === 'number' ? { status: outcome } : outcome;
    if (retryAfter !== undefined) void this.reply.header('Retry-After', String(retryAfter));
    const messages = [...this.parts.flash.take(this.request, this.reply), ...this.messages];
    const html = render(
      <Layout
        title={title}
        page={this}
        messages={messages}
        assets={this.parts.assets}
        above={above}
      >
        {children}
      </Layout>,
    );
    this.send(`<!doctype html>${html}`, status);
  }

  /** Sends the browser on: see other (RFC 9110 section 15.4.4). */
  redirect(path: string): void {
    if (this.messages.length > 0) this.parts.flash.keep(this.request, this.reply, this.messages);
    void this.reply.redirect(path, 303);
  }

  private send(html: string, status: number): void {
    void this.reply
      .status(status)
      .header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
      // Without it a browser that knows no Sec-Fetch-Site would hide where our own forms come from.
      .header('Referrer-Policy', 'same-origin')
      .type('text/html; charset=utf-8')
      .send(html);
  }

  private secretOfBrowser(): string {
    const { cookies } = this.parts;
    const known = cookies.read(this.request, FORM_COOKIE);
    if (known && !cookies.isOutdated(this.request, FORM_COOKIE, known)) return known;
    const secret = known ?? randomBytes(32).toString('base64url');
    cookies.set(this.reply, FORM_COOKIE, secret);
    return secret;
  }

  private messageFor(secret: string): string {
    return `${secret}:${this.principal?.sessionId ?? ''}`;
  }
}

/** Everything comes from us, nothing is inline; Bootstrap's own icons are data images in its style sheet. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "frame-src 'self'",
  "form-action 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Makes the `PageContext` of a request, once. */
@Injectable()
export class PageContexts {
  constructor(
    private readonly cookies: PageCookies,
    private readonly browsers: KnownBrowsers,
    private readonly flash: Messages,
    private readonly assets: Assets,
  ) {}

  of(request: FastifyRequest, reply: FastifyReply): PageContext {
    const { cookies, browsers, flash, assets } = this;
    const pageRequest = request as PageRequest;
    pageRequest.page ??= new PageContext({ cookies, browsers, flash, assets }, pageRequest, reply);
    return pageRequest.page;
  }
}

/** Injects the `PageContext` of the request. */
export const CurrentPage = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<PageRequest>().page,
);
