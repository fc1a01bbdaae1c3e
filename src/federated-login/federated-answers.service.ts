import { Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error.js';
import type { CallingActor, SignedInActor } from '../common/current-actor.decorator.js';
import type { ProviderAnswer } from '../federation/code-flow.js';
import { FederationService } from '../federation/federation.service.js';
import type { Session } from '../sessions/session.entity.js';
import { AccountIdentitiesService } from './account-identities.service.js';
import { FederatedReauthenticationService } from './federated-reauthentication.service.js';
import { FederatedSignInService } from './federated-sign-in.service.js';

/** What came of an answer, and to which page to go on. */
export type FederatedOutcome = { next: string | undefined } & (
  | { purpose: 'sign_in' | 'reauthenticate'; session: Session; hasConfirmed?: boolean }
  | { purpose: 'link'; label: string }
);

/** Browsers come back from a provider to one address, whatever they were sent there for. */
@Injectable()
export class FederatedAnswersService {
  constructor(
    private readonly federation: FederationService,
    private readonly signIns: FederatedSignInService,
    private readonly identities: AccountIdentitiesService,
    private readonly reauthentication: FederatedReauthenticationService,
  ) {}

  /**
   * Throws as `FederationService.finish` and what it was begun for.
   * @param emailTokenOf the token of the link that the next page is about, if it is one that proves an address
   */
  async take(
    actor: CallingActor,
    provider: string,
    handle: string,
    answer: ProviderAnswer,
    emailTokenOf: (next: string) => string | undefined,
  ): Promise<FederatedOutcome> {
    const proven = await this.signIns.told(actor, provider, () =>
      this.federation.finish(provider, handle, answer, ['sign_in', 'link', 'reauthenticate']),
    );
    const { purpose, next: wanted } = proven.attempt;
    const next = wanted ?? undefined;
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
    const session = await this.signIns.told(actor, provider, () =>
      this.reauthentication.signInAgain(signedIn(actor), proven),
    );
    return { purpose, next, session };
  }
}

/** Who began it was signed in, and has to be still. */
function signedIn(actor: CallingActor): SignedInActor & CallingActor {
  if (!actor.principal) throw new AppError('federation_attempt_invalid');
  return actor as SignedInActor & CallingActor;
}
