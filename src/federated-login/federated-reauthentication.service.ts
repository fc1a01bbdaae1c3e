import { Injectable } from '@nestjs/common';
import { LoginService } from '../auth/login.service.js';
import { AppError } from '../common/app-error.js';
import type { CallingActor, SignedInActor } from '../common/current-actor.decorator.js';
import { isGithub } from '../config/provider-settings.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import {
  type BegunFederation,
  FederationService,
  type ProvenIdentity,
} from '../federation/federation.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { CLOCK_TOLERANCE } from '../federation/provider-configurations.js';
import type { Session } from '../sessions/session.entity.js';
import { UsersService } from '../users/users.service.js';
import { methodsOf } from './federated-sign-in.service.js';

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
    private readonly logins: LoginService,
  ) {}

  /** With which providers somebody can: those that they are connected with and that tell when they signed in there. */
  async providersOf(userId: string): Promise<{ name: string; label: string }[]> {
    const identities = await this.identities.ofUser(userId);
    const issuers = new Set(identities.map(({ issuer }) => issuer));
    const providers = await this.providers.all();
    return providers.filter((one) => issuers.delete(one.issuer) && !isGithub(one));
  }

  /** Throws as `FederationService.begin`. */
  async begin(
    actor: SignedInActor & CallingActor,
    provider: string,
    redirectUri: string,
    next?: string,
  ): Promise<BegunFederation> {
    const { userId, sessionId } = actor.principal;
    const purpose = 'reauthenticate';
    return this.federation.begin(actor, provider, {
      purpose,
      redirectUri,
      userId,
      sessionId,
      next,
    });
  }

  /**
   * Opens the session that takes the place of the caller's. Throws `AppError` 400 `federation_attempt_invalid` for
   * somebody else or another session, 403 `federation_not_recent`, 401 when the session has ended.
   */
  async signInAgain(
    actor: SignedInActor & CallingActor,
    { attempt, claims }: ProvenIdentity,
  ): Promise<Session> {
    const { userId, sessionId } = actor.principal;
    const identity = await this.identities.find(claims);
    const user = await this.users.findById(userId);
    const isTheirs = attempt.userId === userId && identity?.userId === userId;
    if (!user || !isTheirs || attempt.sessionId !== sessionId) {
      throw new AppError('federation_attempt_invalid');
    }
    const earliest = attempt.createdAt.getTime() / 1000 - CLOCK_TOLERANCE;
    if ((claims.authTime ?? 0) < earliest) throw new AppError('federation_not_recent');
    await this.identities.touch(identity.id, claims, new Date());
    const found = { user, amr: methodsOf(claims) };
    const { session } = await this.logins.complete(actor, found, actor.principal);
    return session;
  }
}
