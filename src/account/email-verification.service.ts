import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import type { CallingActor, SignedInActor } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import { EmailLimits } from './email-limits.js';
import { PasswordProof } from '../passwords/password-proof.js';

/** Having the link that proves one's address sent again. An address that is proven needs none. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly password: PasswordProof,
    private readonly proof: EmailProofService,
    private readonly email: EmailService,
    private readonly limits: EmailLimits,
  ) {}

  /** For somebody who is signed in. Throws `AppError` 403 `mail_disabled`, 401, 429 `too_many_requests`, 503. */
  async resend(actor: SignedInActor): Promise<void> {
    const user = await this.users.findById(actor.principal.userId);
    if (!user) throw new AppError('invalid_token');
    await this.send(actor, user);
  }

  /**
   * For somebody who cannot sign in before. Throws `AppError` 401 `invalid_credentials` unless the
   * password is right, after the same work in any case; 403 `mail_disabled`, 429
   * `too_many_requests`, 503.
   */
  async resendWithPassword(actor: CallingActor, name: string, password: string): Promise<void> {
    const { user } = await this.password.provePasswordOf(actor, name, password);
    await this.send(actor, user);
  }

  private async send(actor: CallingActor, user: User): Promise<void> {
    this.email.assertOn();
    if (user.emailVerifiedAt || user.email === '') return;
    if (!(await this.limits.allowsEmail(actor, user.email))) return;
    await this.dataSource.transaction((tx) => this.proof.requestProof(tx, user, user.email));
  }
}
