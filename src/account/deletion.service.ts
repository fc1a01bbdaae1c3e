import { Injectable } from '@nestjs/common';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import { UsersService } from '../users/users.service.js';
import { PasswordProof } from '../passwords/password-proof.js';

/** Closing one's own account. */
@Injectable()
export class DeletionService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly proof: PasswordProof,
    private readonly email: EmailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Deletes the account and with it all its sessions, when the password is right. Throws `AppError`
   * 422 naming `currentPassword` otherwise, 409 `last_superuser`.
   */
  async delete(actor: SignedInActor, currentPassword: string): Promise<void> {
    const { userId } = actor.principal;
    const { user: proven } = await this.proof.provePassword(actor, currentPassword);
    await this.dataSource.transaction(async (tx) => {
      const user = await this.proof.lockProvenUser(tx, proven);
      // Before the account is gone: hooks of the event may need it.
      await this.audit.recordEvent(tx, 'user.deleted', actor, userSubject(userId));
      await this.users.delete(tx, user);
      await this.email.send(tx, 'account_deleted', user.email, { username: user.username });
    });
  }
}
