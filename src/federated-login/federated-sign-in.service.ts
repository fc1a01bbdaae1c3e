import { Injectable } from '@nestjs/common';
import { UNKNOWN_USER, userSubject } from '../audit/audit.service.js';
import { LoginService } from '../auth/login.service.js';
import { SignInFailures } from '../auth/sign-in-failures.js';
import { AppError } from '../http/app-error.js';
import type { CallingActor } from '../http/current-actor.decorator.js';
import type { AttemptOfBrowser } from '../federation/federation-attempts.service.js';
import {
  type BegunFederation,
  FederationService,
  type ProvenIdentity,
} from '../federation/federation.service.js';
import type { Session } from '../sessions/session.entity.js';
import type { User } from '../users/user.entity.js';
import { authenticatedBy } from './authenticated-by.js';
import { FederatedAccountsService } from './federated-accounts.service.js';
import { FederatedConfirmationService } from './federated-confirmation.service.js';

/** Signing in with a provider: it ends where every sign-in ends, in `LoginService.complete`. */
@Injectable()
export class FederatedSignInService {
  constructor(
    private readonly federation: FederationService,
    private readonly accounts: FederatedAccountsService,
    private readonly confirmations: FederatedConfirmationService,
    private readonly logins: LoginService,
    private readonly failures: SignInFailures,
  ) {}

  /** Throws as `FederationService.begin`. */
  async begin(
    actor: CallingActor,
    provider: string,
    redirectUri: string,
    browser: AttemptOfBrowser = {},
  ): Promise<BegunFederation> {
    return this.federation.begin(actor, provider, { purpose: 'sign_in', redirectUri, ...browser });
  }

  /**
   * Opens a session for a proven identity. Throws `AppError` as `FederatedAccountsService.accountOf` and
   * `LoginService.complete`.
   * @param emailToken of a link that proves the address of the account
   * @returns also whether that link was used
   */
  async signIn(
    actor: CallingActor,
    proven: ProvenIdentity,
    emailToken?: string,
  ): Promise<{ user: User; session: Session; hasConfirmed: boolean }> {
    const hasConfirmed =
      emailToken !== undefined && (await this.confirmations.confirm(actor, proven, emailToken));
    const { user, isNew } = await this.recording(actor, proven.provider.name, () =>
      this.accounts.accountOf(actor, proven),
    );
    try {
      const found = { user, ...authenticatedBy(proven.claims) };
      return { ...(await this.logins.complete(actor, found)), hasConfirmed };
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'email_not_verified') throw error;
      // A new account has just been sent its link.
      if (!isNew) await this.accounts.askForProof(actor, user);
      throw new AppError('email_not_verified', {
        detail: 'Confirm your email address first: a mail is on its way to you.',
      });
    }
  }

  /**
   * Records a failure with the provider (ASVS 16.3.1).
   * @param provider as the request names it
   */
  async recording<T>(actor: CallingActor, provider: string, part: () => Promise<T>): Promise<T> {
    const subject = actor.principal ? userSubject(actor.principal.userId) : UNKNOWN_USER;
    return this.failures.recording(actor, subject, part, {
      provider: { old: null, new: provider },
    });
  }
}
