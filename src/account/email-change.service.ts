import { Injectable } from '@nestjs/common';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { AppError, type Finding } from '../http/app-error.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { RegistrationRules } from '../users/registration-rules.js';
import { emailKey } from '../users/identifiers.js';
import { EmailService } from '../platform/email/email.service.js';
import { EmailProofService } from './email-proof.service.js';
import { EmailLimits } from './email-limits.js';
import { PasswordProof } from '../passwords/password-proof.js';

const OWN_ADDRESS: Finding = {
  field: 'newEmail',
  code: 'own_address',
  message: 'This is already the email address of your account, however it is written.',
};

/** Moving one's account to another address. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly password: PasswordProof,
    private readonly proof: EmailProofService,
    private readonly email: EmailService,
    private readonly limits: EmailLimits,
    private readonly rules: RegistrationRules,
  ) {}

  /**
   * Has a link sent to the new address; until it is used, the old one stays. Nothing tells whether the
   * new one is in use. Throws `AppError` 422 for a wrong password, and for the proven address of the account, also
   * when it is written differently: no email would be sent for it, and for an address that the rule of the product
   * refuses. 403 `mail_disabled`, 429
   * `too_many_requests`, 503.
   */
  async requestEmailChange(
    actor: SignedInActor,
    newEmail: string,
    currentPassword: string,
  ): Promise<void> {
    this.email.assertOn();
    await this.limits.countEmailChange(actor, newEmail);
    const { user } = await this.password.provePassword(actor, currentPassword);
    const { id: accountId, username } = user;
    const admission = await this.rules.admit(
      { origin: 'email_change', accountId, username, email: newEmail },
      'newEmail',
    );
    await this.dataSource.transaction(async (tx) => {
      const locked = await this.password.lockProvenUser(tx, user);
      if (locked.emailVerifiedAt && emailKey(newEmail) === locked.emailKey) {
        throw AppError.validation([OWN_ADDRESS]);
      }
      await this.proof.requestProof(tx, locked, newEmail, admission);
    });
  }
}
