import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { isGithub } from '../platform/config/provider-settings.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import type { AttemptOfBrowser } from '../federation/federation-attempts.service.js';
import {
  type BegunFederation,
  FederationService,
  type ProvenIdentity,
} from '../federation/federation.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { CLOCK_TOLERANCE } from '../federation/provider-configurations.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { UsersService } from '../users/users.service.js';
import { authenticatedBy } from './authenticated-by.js';

/**
 * Signing in again with a provider without signing out (ASVS 7.5.3): it is asked to have the person sign in there
 * whatever it remembers (`max_age=0`), and has to say that it did so (ASVS 6.8.4).
 */
@Injectable()
export class FederatedReauthenticationService {
  constructor(
    private readonly federation: FederationService,
    private readonly identities: FederatedIdentitiesService,
    private readonly providers: IdentityProvidersService,
    private readonly users: UsersService,
  ) {}

  /** With which providers somebody can: those that they are connected with and that tell when they signed in there. */
  async providersOf(userId: string): Promise<{ name: string; label: string }[]> {
    const identities = await this.identities.identitiesOf(userId);
    const issuers = new Set(identities.map(({ issuer }) => issuer));
    const providers = await this.providers.all();
    return providers.filter((one) => issuers.delete(one.issuer) && !isGithub(one));
  }

  /** Throws as `FederationService.begin`. */
  async begin(
    actor: SignedInActor,
    provider: string,
    redirectUri: string,
    browser: AttemptOfBrowser = {},
  ): Promise<BegunFederation> {
    const { userId, sessionId } = actor.principal;
    const purpose = 'reauthenticate';
    return this.federation.begin(actor, provider, {
      purpose,
      redirectUri,
      userId,
      sessionId,
      ...browser,
    });
  }

  /**
   * The signed-in user, as proven by an identity of theirs. Throws `AppError` 400 `federation_attempt_invalid` for
   * another user or another session, 403 `federation_not_recent`.
   */
  async prove(
    { principal: { userId, sessionId } }: SignedInActor,
    { attempt, claims }: ProvenIdentity,
  ): Promise<AuthenticatedUser> {
    const identity = await this.identities.findIdentity(claims);
    const user = await this.users.findById(userId);
    const isTheirs = attempt.userId === userId && identity?.userId === userId;
    if (!user || !isTheirs || attempt.sessionId !== sessionId) {
      throw new AppError('federation_attempt_invalid');
    }
    const earliest = attempt.createdAt.getTime() / 1000 - CLOCK_TOLERANCE;
    if ((claims.authTime ?? 0) < earliest) throw new AppError('federation_not_recent');
    await this.identities.touch(identity.id, claims, new Date());
    return { user, ...authenticatedBy(claims) };
  }
}
