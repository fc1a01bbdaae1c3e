import { Body, Get, Param, Query } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LogoutService } from '../auth/logout.service.js';
import { Public } from '../common/access.decorators.js';
import { AppError } from '../common/app-error.js';
import {
  EMAIL_VERIFY_PATH,
  federationCallbackPath,
  LOGIN_PATH,
  PROFILE_PATH,
  withNext,
} from '../common/page-paths.js';
import { AppConfig } from '../config/app-config.js';
import { ChangesSomething } from '../database/settle-changes.guard.js';
import { AccountIdentitiesService } from '../federated-login/account-identities.service.js';
import { FederatedAnswersService } from '../federated-login/federated-answers.service.js';
import { FederatedReauthenticationService } from '../federated-login/federated-reauthentication.service.js';
import { FederatedSignInService } from '../federated-login/federated-sign-in.service.js';
import type { ProviderAnswer } from '../federation/code-flow.js';
import type { BegunFederation } from '../federation/federation.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { ForeignFormPost, FormPost } from '../web/form-post.guard.js';
import { KnownBrowsers } from '../web/known-browsers.js';
import type { PageAnswer } from '../web/page-answer.js';
import { PageController } from '../web/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../web/page-context.js';
import { PageSessionsService } from '../web/page-sessions.service.js';
import { safeNext } from '../web/safe-next.js';
import { showFederationFailure } from './federation-failure.js';
import { LinkPages } from './link-pages.js';

const MAX_LENGTH = 2048;

/** Going to a provider, and coming back from it. */
@PageController('accounts/federation/:provider')
export class FederationPageController {
  constructor(
    private readonly providers: IdentityProvidersService,
    private readonly signIns: FederatedSignInService,
    private readonly identities: AccountIdentitiesService,
    private readonly reauthentication: FederatedReauthenticationService,
    private readonly answers: FederatedAnswersService,
    private readonly links: LinkPages,
    private readonly sessions: PageSessionsService,
    private readonly browsers: KnownBrowsers,
    private readonly logouts: LogoutService,
    private readonly config: AppConfig,
  ) {}

  /** A link, as no form may lead to another site (`form-action`). From another site it is asked first (ASVS 7.6.2). */
  @Public()
  @Get()
  async begin(
    @CurrentPage() page: PageContext,
    @Param('provider') provider: string,
    @Query('next') next?: unknown,
  ): Promise<PageAnswer> {
    const target = safeNext(next, this.config.publicUrl);
    await this.providers.get(provider);
    if (page.principal) return page.redirect(target ?? this.config.loginRedirectUrl);
    if (isFromElsewhere(page.request)) return showQuestion(page);
    return this.beginAt(page, provider, target, this.signIns);
  }

  /** For who is signed in and is asked to do so again. */
  @Get('again')
  async beginAgain(
    @CurrentPage() page: PageContext,
    @Param('provider') provider: string,
    @Query('next') next?: unknown,
  ): Promise<PageAnswer> {
    const target = safeNext(next, this.config.publicUrl);
    return this.beginAt(page, provider, target, this.reauthentication);
  }

  /** A form of ours, so that no other site connects somebody with an identity of its own (ATTACKS A36). */
  @FormPost('connect')
  async connect(
    @CurrentPage() page: PageContext,
    @Param('provider') provider: string,
  ): Promise<PageAnswer> {
    return this.beginAt(page, provider, PROFILE_PATH, this.identities, (begun) =>
      showWayOn(page, begun),
    );
  }

  /** Where the provider sends the browser back to. */
  @Public()
  @ChangesSomething()
  @Get('callback')
  async callback(
    @CurrentPage() page: PageContext,
    @Param('provider') provider: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    let target: string | undefined;
    try {
      const { request, reply } = page;
      const answer = answerIn(query);
      if (!page.isKnown || !answer) throw new AppError('federation_attempt_invalid');
      const outcome = await this.answers.takeFromBrowser(
        page.actor,
        provider,
        handleOf(page),
        answer,
        {
          emailTokenOf: (next) => this.links.tokenIn(page, EMAIL_VERIFY_PATH, next),
          onNext: (next) => {
            target = next;
          },
        },
      );
      if (outcome.purpose === 'link') {
        page.tell('success', `${outcome.label} is connected: you can sign in with it.`);
      } else if (outcome.purpose === 'reauthenticate') {
        this.sessions.replace(request, reply, page.user, outcome.session);
      } else {
        if (page.principal) await this.logouts.logout(page.actor);
        this.sessions.begin(reply, outcome.session, false);
        page.tell('success', 'You are signed in.');
        if (outcome.hasConfirmed) page.tell('success', 'Your email address is confirmed.');
      }
      if (outcome.purpose !== 'link') {
        this.browsers.remember(request, reply, outcome.session.userId);
      }
      return page.redirect(outcome.next ?? this.config.loginRedirectUrl);
    } catch (error) {
      return showFederationFailure(page, provider, error, target);
    }
  }

  /**
   * The same for a provider that answers with a form, as Apple does: such a request comes without our cookies, and
   * is sent on as one that has them.
   */
  @Public()
  @ForeignFormPost('callback')
  callbackForm(
    @CurrentPage() page: PageContext,
    @Param('provider') provider: string,
    @Body() body: Record<string, unknown> | undefined,
  ): PageAnswer {
    const answer = Object.entries(answerIn(body) ?? {}) as [string, string][];
    return page.redirect(
      `${federationCallbackPath(encodeURIComponent(provider))}?${new URLSearchParams(answer).toString()}`,
    );
  }

  /** Begins a flow with a provider, and leads the browser there. */
  private async beginAt(
    page: PageContext,
    provider: string,
    next: string | undefined,
    flow: Pick<AccountIdentitiesService, 'begin'>,
    lead = ({ authorizationUrl }: BegunFederation) => page.redirect(authorizationUrl),
  ): Promise<PageAnswer> {
    const redirectUri = new URL(this.config.publicUrl + federationCallbackPath(provider)).href;
    const attempt = { next, handle: handleOf(page) };
    try {
      return lead(await flow.begin(page.actor, provider, redirectUri, attempt));
    } catch (error) {
      return showFederationFailure(page, provider, error, next);
    }
  }
}

/**
 * Binds what was begun with a provider to the browser that began it (ATTACKS A36). Which attempt an answer is for, the
 * answer says itself: any number of tabs may be at a provider.
 */
function handleOf(page: PageContext): string {
  return page.secretFor('federation');
}

/** Whether another site sent the browser here, as far as it tells. */
function isFromElsewhere({ headers }: FastifyRequest): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
}

function showQuestion(page: PageContext): PageAnswer {
  return page.show(
    'Sign in?',
    <p>
      <a class="btn btn-primary" href={page.address} rel="nofollow">
        Go on
      </a>{' '}
      <a class="btn btn-outline-secondary" href={withNext(LOGIN_PATH, page.next)}>
        Sign in in another way
      </a>
    </p>,
  );
}

/** What a provider sent; undefined when it is no answer at all. */
function answerIn(parameters: Record<string, unknown> = {}): ProviderAnswer | undefined {
  const given = Object.fromEntries(
    ['code', 'state', 'iss', 'error']
      .map((name) => [name, parameters[name]] as const)
      .filter((pair): pair is [string, string] => isOne(pair[1])),
  );
  return given.state ? { ...given, state: given.state } : undefined;
}

function isOne(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH;
}

/** A form must not lead to another site, a page may. */
function showWayOn(page: PageContext, { authorizationUrl }: BegunFederation): PageAnswer {
  const { host } = new URL(authorizationUrl);
  const answer = page.show(
    'On to the provider',
    <p>
      You go on to{' '}
      <a href={authorizationUrl} rel="nofollow">
        {host}
      </a>
      .
    </p>,
  );
  return answer.with({ Refresh: `0; url=${authorizationUrl}` });
}
