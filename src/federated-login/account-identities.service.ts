import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { assertRecentLogin } from '../http/recent-login.js';
import type { Principal } from '../access/principal.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import type { AttemptOfBrowser } from '../federation/federation-attempts.service.js';
import {
  type BegunFederation,
  FederationService,
  type ProvenIdentity,
} from '../federation/federation.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { labelsByIssuer } from '../federation/labels-by-issuer.js';
import type { ProviderAnswer } from '../federation/code-flow.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AccountDto } from '../users/account.dto.js';
import { UsersService } from '../users/users.service.js';
import { AccountIdentityDto } from './account-identity.dto.js';
import { IdentityLinks, isLastWayIn } from './identity-links.js';

/** An account and the ways to sign in to it with a provider. */
export interface AccountOverview {
  account: AccountDto;
  /** The oldest first. */
  identities: AccountIdentityDto[];
  /** Providers that are not connected yet, by label. */
  connectable: { name: string; label: string }[];
  /** The ids of identities that cannot be disconnected, because nothing else would open the account. */
  kept: ReadonlySet<string>;
}

/** The identities at providers by which somebody can sign in to their own account. */
@Injectable()
export class AccountIdentitiesService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly federation: FederationService,
    private readonly identities: FederatedIdentitiesService,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly providers: IdentityProvidersService,
    private readonly links: IdentityLinks,
  ) {}

  /** Shows the caller's account and its identities, read in one query. Throws `AppError` 401 when the account is gone. */
  async overview(principal: Principal): Promise<AccountOverview> {
    const found = await this.identities.withOwner(principal.userId);
    if (!found) throw new AppError('invalid_token');
    const labels = labelsByIssuer(await this.providers.shown());
    const connected = new Set(found.identities.map(({ issuer }) => issuer));
    return {
      account: AccountDto.of(found.owner, principal),
      identities: found.identities.map((identity) => AccountIdentityDto.of(identity, labels)),
      connectable: [...labels]
        .filter(([issuer]) => !connected.has(issuer))
        .map(([, provider]) => provider)
        .toSorted((a, b) => a.label.localeCompare(b.label, 'en')),
      kept: new Set(
        found.identities
          .filter((one) => isLastWayIn(one, found.owner, found.identities, labels))
          .map(({ id }) => id),
      ),
    };
  }

  /**
   * Sends the owner to a provider, to connect who they are there. Throws as
   * `FederationService.begin`, and `AppError` 403 `recent_login_required`.
   */
  async begin(
    actor: SignedInActor,
    provider: string,
    redirectUri: string,
    browser: AttemptOfBrowser = {},
  ): Promise<BegunFederation> {
    assertRecentLogin(actor);
    const { userId, sessionId } = actor.principal;
    return this.federation.begin(actor, provider, {
      purpose: 'link',
      redirectUri,
      userId,
      sessionId,
      ...browser,
    });
  }

  /** Connects it. Throws as `FederationService.finish`, and `AppError` 409 `identity_taken`. */
  async complete(
    actor: SignedInActor,
    provider: string,
    handle: string,
    answer: ProviderAnswer,
  ): Promise<AccountIdentityDto> {
    const proven = await this.federation.finish(provider, handle, answer, ['link']);
    const id = await this.connect(actor, proven);
    const own = await this.identities.identitiesOf(actor.principal.userId);
    const labels = labelsByIssuer(await this.providers.all());
    return AccountIdentityDto.of(
      own.find((one) => one.id === id)!,
      labels,
    );
  }

  /**
   * Connects an identity that was proven for who is signed in, in the session that asked for it. Returns its id.
   * Throws `AppError` 400 `federation_attempt_invalid`, 409 `identity_taken`.
   */
  async connect(actor: SignedInActor, proven: ProvenIdentity): Promise<string> {
    const { userId, sessionId } = actor.principal;
    const { attempt } = proven;
    if (attempt.userId !== userId || attempt.sessionId !== sessionId) {
      throw new AppError('federation_attempt_invalid');
    }
    return this.dataSource.transaction(async (tx) => {
      const user = await this.users.lockUser(tx, userId);
      // A recovery may have ended the session meanwhile: then it must not attach anything.
      const isAlive = user !== null && (await this.sessions.isAlive(tx, sessionId, new Date()));
      if (!isAlive) throw new AppError('invalid_token');
      return this.links.addLink(tx, actor, user, proven);
    });
  }

  /** Disconnects one. Throws `AppError` 404 for one that is not the caller's, 403 `recent_login_required`, 409 `last_way_in`. */
  async disconnect(actor: SignedInActor, id: string): Promise<void> {
    assertRecentLogin(actor);
    const { userId } = actor.principal;
    await this.dataSource.transaction(async (tx) => {
      // Of two who disconnect at once, the second finds the first gone.
      const user = await this.users.lockUser(tx, userId);
      if (!user) throw new AppError('invalid_token');
      const own = await this.identities.identitiesOf(userId, tx);
      const identity = own.find((one) => one.id === id);
      if (!identity) throw new AppError('not_found');
      await this.links.removeLink(tx, actor, user, identity);
    });
  }
}
