import { Body, Get, Param, Query } from '@nestjs/common';
import { LogoutService } from '../../auth/logout.service.js';
import { Public } from '../../access/access.decorators.js';
import { AppError } from '../../http/app-error.js';
import { EMAIL_VERIFY_PATH, federationCallbackPath } from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { ChangesSomething } from '../../platform/database/settle-changes.guard.js';
import { FederatedAnswersService } from '../../federated-login/federated-answers.service.js';
import type { ProviderAnswer } from '../../federation/code-flow.js';
import { ForeignFormPost } from '../kit/form-post.guard.js';
import { KnownBrowsers } from '../kit/known-browsers.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { PageSessionsService } from '../kit/page-sessions.service.js';
import { showFederationFailure } from './federation-failure.js';
import { handleOf } from './federation-handle.js';
import { LinkPages } from './link-pages.js';

const MAX_LENGTH = 2048;

/** Coming back from a provider. */
@PageController('accounts/federation/:provider/callback')
export class FederationCallbackController {
  constructor(
    private readonly answers: FederatedAnswersService,
    private readonly links: LinkPages,
    private readonly sessions: PageSessionsService,
    private readonly browsers: KnownBrowsers,
    private readonly logouts: LogoutService,
    private readonly config: AppConfig,
  ) {}

  /** Where the provider sends the browser back to. */
  @Public()
  @ChangesSomething()
  @Get()
  async callback(
    @CurrentPage() page: PageContext,
    @Param('provider') provider: string,
    @Query() query: Record<string, unknown>,
  ): Promise<PageAnswer> {
    let target: string | undefined;
    try {
      const answer = answerIn(query);
      if (!page.isKnown || !answer) throw new AppError('federation_attempt_invalid');
      const outcome = await this.answers.takeFromBrowser(
        page.actor,
        provider,
        handleOf(page),
        answer,
        {
          emailTokenOf: (next) => this.links.tokenIn(page, EMAIL_VERIFY_PATH, next),
          isRemembered: this.sessions.isRemembered(page),
          onNext: (next) => {
            target = next;
          },
        },
      );
      if (outcome.purpose === 'link') {
        page.addMessage('success', `${outcome.label} is connected: you can sign in with it.`);
      } else if (outcome.purpose === 'reauthenticate') {
        this.sessions.replace(page, outcome.session);
        this.browsers.remember(page.request, page.reply, outcome.session.userId);
      } else {
        if (page.principal) await this.logouts.logout(page.actor);
        this.sessions.begin(page, outcome.session, false);
        page.addMessage('success', 'You are signed in.');
        if (outcome.hasConfirmed) page.addMessage('success', 'Your email address is confirmed.');
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
  @ForeignFormPost()
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
