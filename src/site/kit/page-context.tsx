import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ComponentChildren, FunctionComponent } from 'preact';
import { render } from 'preact-render-to-string';
import type { AdminSectionOptions } from '../../access/admin-section.decorator.js';
import type { Actor, SignedInActor } from '../../http/current-actor.decorator.js';
import { clientOf } from '../../http/current-client.decorator.js';
import type { Principal } from '../../access/principal.js';
import { Brand } from '../../platform/brand/brand.js';
import { AdminSections } from './admin-sections.js';
import { Assets } from './assets.js';
import { BrowserSeals } from './browser-seals.js';
import { Destinations } from './destinations.js';
import { type FormOwner, FormTokens } from './form-tokens.js';
import { type KeptForm, KeptForms } from './kept-forms.js';
import { KnownBrowsers } from './known-browsers.js';
import { Layout } from './layout.js';
import { type Message, type MessageLevel, Messages } from './messages.js';
import { PageAnswer } from './page-answer.js';
import type { FormOutcome, KeptValues, PageFrame } from './page-frame.js';
import { assertTokens, type ReplaceablePage } from './page-view.js';
import { Site } from './site.js';

type PageRequest = FastifyRequest & { page?: PageContext; user?: Principal | undefined };

/** One request of a browser, and the page that answers it. */
export class PageContext implements PageFrame {
  private token: string | undefined;
  private readonly messages: Message[] = [];
  private kept: KeptForm | undefined;

  constructor(
    private readonly parts: PageContexts,
    readonly request: PageRequest,
    readonly reply: FastifyReply,
  ) {}

  get principal(): Principal | undefined {
    return this.request.user;
  }

  /** Who is signed in, on a page that is not public. */
  get user(): Principal {
    return this.request.user!;
  }

  get actor(): SignedInActor {
    const actor: Actor = {
      origin: 'page',
      principal: this.request.user,
      client: {
        ...clientOf(this.request),
        browser: this.parts.browsers.knownBrowserOf(this.request),
      },
    };
    return actor as SignedInActor;
  }

  /** The sections of the administration that the visitor may open. */
  get adminSections(): AdminSectionOptions[] {
    return this.parts.sections.sectionsFor(this.principal);
  }

  /** Where "Administration" leads the visitor. Undefined: there is nothing for them. */
  get adminPath(): string | undefined {
    return this.parts.sections.entryFor(this.principal);
  }

  /** Whether the overview of the administration has anything for the visitor. */
  get hasOverview(): boolean {
    return this.parts.sections.hasOverview(this.user);
  }

  /** The path and query of the request. */
  get address(): string {
    return this.request.url;
  }

  /** Bound to this browser and this session (ASVS 3.5.1). */
  get formToken(): string {
    // Once for all forms of a page.
    this.token ??= this.parts.tokens.issue(this.request, this.reply);
    return this.token;
  }

  /** Whether the form of this request carries the token that its browser was given in this session. */
  get hasFormToken(): boolean {
    return this.formOwner?.sessionId === (this.principal?.sessionId ?? '');
  }

  /** For whom the form of this request was shown; undefined when it is not of this browser. */
  get formOwner(): FormOwner | undefined {
    return this.parts.tokens.ownerOf(this.request);
  }

  get next(): string | undefined {
    return this.parts.destinations.destinationOf(this.request);
  }

  /** Keeps the destination while the visitor looks for an email of ours. */
  keepNext(): void {
    this.parts.destinations.keepDestination(this.reply, this.next);
  }

  /** The destination that was kept before the visitor looked for an email, once. */
  takeNext(): string | undefined {
    return this.parts.destinations.takeDestination(this.request, this.reply);
  }

  /** Whether the browser sent the cookie that it was given with its first form. */
  get isKnown(): boolean {
    return this.parts.seals.knows(this.request);
  }

  /** Seals what this page, its forms or its address carry: another browser cannot use it. */
  seal(purpose: string, value: string): string {
    return this.parts.seals.seal(this.request, this.reply, purpose, value);
  }

  /** Returns what was sealed for this browser and this purpose, or undefined. */
  unseal(purpose: string, sealed: unknown): string | undefined {
    return this.parts.seals.unseal(this.request, purpose, sealed);
  }

  /** Derives a secret for one purpose, the same whenever this browser comes back. */
  secretFor(purpose: string): string {
    return this.parts.seals.derive(this.request, this.reply, purpose);
  }

  /**
   * Keeps what was typed into the form of this request, to show it again on its page when its author has signed in.
   * Returns whether there was anything to keep.
   */
  keepForm(address: string, userId: string): boolean {
    const { body } = this.request;
    return this.parts.forms.keepForm(this.request, this.reply, address, userId, body);
  }

  keptIn(action: string): KeptValues | undefined {
    return this.kept?.action === action ? this.kept.values : undefined;
  }

  /** Adds a message to the page that is shown next: once, also after redirects, and in no other tab. */
  addMessage(level: MessageLevel, text: string): void {
    this.messages.push({ level, text });
  }

  /**
   * Makes a page, for its handler to return.
   * @param outcome its status: that of the form on it, if there is one
   * @param above what stands before its title: the way to other pages of the same part
   */
  show(
    title: string,
    children: ComponentChildren,
    outcome: FormOutcome = {},
    above?: ComponentChildren,
  ): PageAnswer {
    const messages = [...this.parts.flash.takeMessages(this.request, this.reply), ...this.messages];
    if (this.request.method === 'GET' && this.principal) {
      this.kept = this.parts.forms.takeForm(this.request, this.reply, this.principal.userId);
      if (this.kept) messages.push(SEND_AGAIN);
    }
    const html = this.render(title, children, messages, above);
    return PageAnswer.page(html, outcome, this.parts.site.contentSecurityPolicy);
  }

  /**
   * Makes a page that a product can show in its own way.
   * @param props what its view is made from, ours or that of the product
   */
  showPage<Props extends object>(
    page: ReplaceablePage<Props>,
    props: Props,
    outcome?: FormOutcome,
  ): PageAnswer {
    const own = this.parts.site.views.viewOf(page);
    const View = (own ?? page.view) as FunctionComponent<Props>;
    const answer = this.show(own?.title ?? page.title(props), <View {...props} />, outcome);
    if (own) assertTokens(page.name, answer.html ?? '');
    return answer;
  }

  private render(
    title: string,
    children: ComponentChildren,
    messages: Message[],
    above: ComponentChildren,
  ): string {
    const { brand, assets, site } = this.parts;
    const html = render(
      <Layout
        title={title}
        page={this}
        messages={messages}
        brand={brand}
        assets={assets}
        site={site}
        above={above}
      >
        {children}
      </Layout>,
    );
    return `<!doctype html>${html}`;
  }

  /** Makes the way on to another page, for a handler to return. Messages go along. */
  redirect(path: string): PageAnswer {
    this.parts.flash.keepMessages(this.request, this.reply, path, this.messages);
    return PageAnswer.redirect(path);
  }
}

const SEND_AGAIN: Message = {
  level: 'info',
  text: 'Your changes are not saved yet. Check the form, and send it again.',
};

/** Makes the `PageContext` of a request, once, from the parts that all of them share. */
@Injectable()
export class PageContexts {
  constructor(
    readonly seals: BrowserSeals,
    readonly tokens: FormTokens,
    readonly forms: KeptForms,
    readonly destinations: Destinations,
    readonly browsers: KnownBrowsers,
    readonly flash: Messages,
    readonly assets: Assets,
    readonly brand: Brand,
    readonly sections: AdminSections,
    readonly site: Site,
  ) {}

  contextOf(request: PageRequest, reply: FastifyReply): PageContext {
    request.page ??= new PageContext(this, request, reply);
    return request.page;
  }
}

/** Injects the `PageContext` of the request. */
export const CurrentPage = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<PageRequest>().page,
);
