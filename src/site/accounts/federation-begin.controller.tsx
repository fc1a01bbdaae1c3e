import { Get, Param, Query } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../access/access.decorators.js';
import {
  federationCallbackPath,
  LOGIN_PATH,
  PROFILE_PATH,
  withNext,
} from '../../http/page-paths.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { AccountIdentitiesService } from '../../federated-login/account-identities.service.js';
import { FederatedReauthenticationService } from '../../federated-login/federated-reauthentication.service.js';
import { FederatedSignInService } from '../../federated-login/federated-sign-in.service.js';
import type { BegunFederation } from '../../federation/federation.service.js';
import { IdentityProvidersService } from '../../federation/identity-providers.service.js';
import { FormPost } from '../kit/form-post.guard.js';
import type { PageAnswer } from '../kit/page-answer.js';
import { PageController } from '../kit/page-controller.decorator.js';
import { CurrentPage, type PageContext } from '../kit/page-context.js';
import { safeNext } from '../kit/safe-next.js';
import { showFederationFailure } from './federation-failure.js';
import { handleOf } from './federation-handle.js';

/** Going to a provider. */
@PageController('accounts/federation/:provider')
export class FederationBeginController {
  constructor(
    private readonly providers: IdentityProvidersService,
    private readonly signIns: FederatedSignInService,
    private readonly identities: AccountIdentitiesService,
    private readonly reauthentication: FederatedReauthenticationService,
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
    await this.providers.getProvider(provider);
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
