import { Injectable } from '@nestjs/common';
import { EmailConfirmationService } from '../account/email-confirmation.service.js';
import { AppError } from '../http/app-error.js';
import type { CallingActor } from '../http/current-actor.decorator.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import type { ProvenIdentity } from '../federation/federation.service.js';
import { UsersService } from '../users/users.service.js';

/**
 * Confirming an address while signing in with a provider. Where an address must be proven before anyone signs in, the
 * owner of an account without a password has no other way to show that it is theirs.
 */
@Injectable()
export class FederatedConfirmationService {
  constructor(
    private readonly identities: FederatedIdentitiesService,
    private readonly users: UsersService,
    private readonly confirmations: EmailConfirmationService,
  ) {}

  /**
   * Uses up a link that proves the first address of an account, if an identity that was just proven opens that
   * account. True when it did.
   */
  async confirm(
    actor: CallingActor,
    { claims }: ProvenIdentity,
    emailToken: string,
  ): Promise<boolean> {
    const identity = await this.identities.findIdentity(claims);
    const user = identity && (await this.users.findById(identity.userId));
    if (!user || user.emailVerifiedAt) return false;
    try {
      await this.confirmations.confirm(actor, emailToken, { identity: identity.id });
      return true;
    } catch (error) {
      const isOfNoUse =
        error instanceof AppError && ['invalid_link', 'sign_in_to_confirm'].includes(error.code);
      if (isOfNoUse) return false;
      throw error;
    }
  }
}
