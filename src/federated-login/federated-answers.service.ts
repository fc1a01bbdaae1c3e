import { Injectable } from '@nestjs/common';
import { LoginService } from '../auth/login.service.js';
import { AppError } from '../http/app-error.js';
import type { CallingActor, SignedInActor } from '../http/current-actor.decorator.js';
import type { ProviderAnswer } from '../federation/code-flow.js';
import type { AnsweredAttempt } from '../federation/federation-attempts.service.js';
import type { FederationPurpose } from '../federation/federation-attempt.entity.js';
import { FederationService, type ProvenIdentity } from '../federation/federation.service.js';
import type { Session } from '../sessions/session.entity.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import type { User } from '../users/user.entity.js';
import { AccountIdentitiesService } from './account-identities.service.js';
import { FederatedReauthenticationService } from './federated-reauthentication.service.js';
import { FederatedSignInService } from './federated-sign-in.service.js';

/** What came of an answer, and to which page to go on. */
export type FederatedOutcome = { next: string | undefined } & (
  | { purpose: 'sign_in' | 'reauthenticate'; session: Session; hasConfirmed?: boolean }
  | { purpose: 'link'; label: string }
);

/** What the page that takes an answer knows of its browser, and wants to know. */
interface BrowserAnswer {
  /** The token of the link that the next page is about, if it is one that proves an address. */
  emailTokenOf: (next: string) => string | undefined;
  /** Whether its visitor asked to stay signed in, for a session that takes the place of the current one. */
  isRemembered: boolean;
  /** Is given the page to go on to, whatever comes of the answer. */
  onNext: (next: string | undefined) => void;
}

/** Answers of a provider arrive at one address, whatever they were asked for. */
@Injectable()
export class FederatedAnswersService {
  constructor(
    private readonly federation: FederationService,
    private readonly signIns: FederatedSignInService,
    private readonly identities: AccountIdentitiesService,
    private readonly reauthentication: FederatedReauthenticationService,
    private readonly logins: LoginService,
  ) {}

  /**
   * An answer that a browser brings. Throws as `FederationService.finish` and what it was begun for.
   */
  async takeFromBrowser(
    actor: CallingActor,
    provider: string,
    handle: string,
    answer: ProviderAnswer,
    { emailTokenOf, isRemembered, onNext }: BrowserAnswer,
  ): Promise<FederatedOutcome> {
    const purposes = ['sign_in', 'link', 'reauthenticate'] as const;
    let next: string | undefined;
    const proven = await this.finish(actor, provider, handle, answer, purposes, (attempt) => {
      next = attempt.next ?? undefined;
      onNext(next);
    });
    const { purpose } = proven.attempt;
    if (purpose === 'link') {
      await this.identities.connect(signedIn(actor), proven);
      return { purpose, next, label: proven.provider.label };
    }
    if (purpose === 'sign_in') {
      const emailToken = next === undefined ? undefined : emailTokenOf(next);
      const { session, hasConfirmed } = await this.signIns.signIn(actor, proven, emailToken);
      // The page of a link that is used up has nothing to show.
      return { purpose, next: hasConfirmed ? undefined : next, session, hasConfirmed };
    }
    const found = await this.proveAgain(actor, proven);
    // A new cookie for the new sign-in (ASVS 7.2.4).
    const { session } = await this.logins.complete(actor, found, {
      replaced: actor.principal,
      isRemembered,
    });
    return { purpose, next, session };
  }

  /**
   * An answer that a program brings: a new session, or null when it renewed the caller's. Throws as
   * `FederationService.finish`, and what it was begun for.
   * @param emailToken of a link that proves the address of the account
   */
  async takeFromProgram(
    actor: CallingActor,
    provider: string,
    handle: string,
    answer: ProviderAnswer,
    emailToken?: string,
  ): Promise<{ user: User; session: Session } | null> {
    const purposes = ['sign_in', 'reauthenticate'] as const;
    const proven = await this.finish(actor, provider, handle, answer, purposes);
    if (proven.attempt.purpose === 'sign_in') return this.signIns.signIn(actor, proven, emailToken);
    const found = await this.proveAgain(actor, proven);
    await this.logins.renew(signedIn(actor), found);
    return null;
  }

  private async finish(
    actor: CallingActor,
    provider: string,
    handle: string,
    answer: ProviderAnswer,
    purposes: readonly FederationPurpose[],
    onAttempt?: (attempt: AnsweredAttempt) => void,
  ): Promise<ProvenIdentity> {
    return this.signIns.recording(actor, provider, () =>
      this.federation.finish(provider, handle, answer, purposes, onAttempt),
    );
  }

  private async proveAgain(
    actor: CallingActor,
    proven: ProvenIdentity,
  ): Promise<AuthenticatedUser> {
    return this.signIns.recording(actor, proven.provider.name, () =>
      this.reauthentication.prove(signedIn(actor), proven),
    );
  }
}

/** The caller who began it was signed in, and still has to be. */
function signedIn(actor: CallingActor): SignedInActor {
  if (!actor.principal) throw new AppError('federation_attempt_invalid');
  return actor as SignedInActor;
}
