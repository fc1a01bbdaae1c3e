import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { CallingActor, SignedInActor } from '../common/current-actor.decorator.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import {
  type BegunFederation,
  FederationService,
  type ProvenIdentity,
} from '../federation/federation.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import type { ProviderAnswer } from '../federation/code-flow.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { AccountIdentityDto } from './account-identity.dto.js';
import { IdentityLinks } from './identity-links.js';
import { labelsByIssuer } from '../federation/labels-by-issuer.js';
import { type IdentitiesOverview, ShownIdentities } from './shown-identities.js';

/** The identities at providers by which somebody can sign in to their own account. */
@Injectable()
export class AccountIdentitiesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly federation: FederationService,
    private readonly identities: FederatedIdentitiesService,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly providers: IdentityProvidersService,
    private readonly links: IdentityLinks,
    private readonly shown: ShownIdentities,
  ) {}

  /** What is connected, and the providers that could be: from memory, to be shown. */
  async overview(userId: string): Promise<IdentitiesOverview> {
    return this.shown.overview(userId);
  }

  /** Sends the owner to a provider, to connect who they are there. Throws as `FederationService.begin`. */
  async begin(
    actor: SignedInActor & CallingActor,
    provider: string,
    redirectUri: string,
    next?: string,
  ): Promise<BegunFederation> {
    const { userId, sessionId } = actor.principal;
    return this.federation.begin(actor, provider, {
      purpose: 'link',
      redirectUri,
      userId,
      sessionId,
      next,
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
    const own = await this.identities.ofUser(actor.principal.userId);
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
      const user = await this.users.lock(tx, userId);
      // A recovery may have ended the session meanwhile: then it must not attach anything.
      const isAlive = user !== null && (await this.sessions.isAlive(tx, sessionId, new Date()));
      if (!isAlive) throw new AppError('invalid_token');
      return this.links.add(tx, actor, user, proven);
    });
  }

  /** Disconnects one. Throws `AppError` 404 for one that is not the caller's, 409 `last_way_in`. */
  async disconnect(actor: SignedInActor, id: string): Promise<void> {
    const { userId } = actor.principal;
    await this.dataSource.transaction(async (tx) => {
      // Of two who disconnect at once, the second finds the first gone.
      const user = await this.users.lock(tx, userId);
      if (!user) throw new AppError('invalid_token');
      const own = await this.identities.ofUser(userId, tx);
      const identity = own.find((one) => one.id === id);
      if (!identity) throw new AppError('not_found');
      await this.links.remove(tx, actor, user, identity);
    });
  }
}
