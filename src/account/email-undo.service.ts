import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { placeOfAccount } from '../passwords/hash-place.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { Admission } from '../users/admission.js';
import { AddressesService } from '../users/addresses.service.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { RecoveryService } from './recovery.service.js';

/** Taking back a change of address that its owner did not make (ATTACKS A51). */
@Injectable()
export class EmailUndoService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly passwords: PasswordsService,
    private readonly proof: EmailProofService,
    private readonly reset: PasswordResetService,
    private readonly recoveries: RecoveryService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Restores the old address. The person who changed it may know the password, and may have attached ways in of
   * their own before: so the password is replaced by one that nobody knows, every other way in ends but for the
   * identities that are to stay, and a link to choose a password is sent to the old address. Throws `AppError` 400
   * `invalid_link`, 503 `hash_queue_full`.
   */
  async undo(actor: Actor, token: string, keepIdentities: readonly string[] = []): Promise<void> {
    const { userId, value: address } = await this.tokens.read('undo_email_change', token);
    const password = randomBytes(32).toString('base64url');
    const passwordHash = await this.passwords.hash(password, placeOfAccount(actor, userId));
    await this.dataSource.transaction(async (tx) => {
      await this.addresses.lockAddress(tx, address);
      const user = await this.users.lockUser(tx, userId);
      const { createdAt } = await this.tokens.consume(tx, 'undo_email_change', token);
      if (!user?.isActive) throw new AppError('invalid_link');
      // Links that were sent before this one are the ways back of earlier owners.
      const kept = { passwordHash, identities: keepIdentities, undoLinksBefore: createdAt };
      const first = { by: 'proof_by_link', kept } as const;
      // The account had it before, whatever the rule of the product says today.
      const admission = Admission.unasked(address);
      const moved = await this.proof.prove(tx, actor, user, address, first, admission);
      const restored = await this.recoveries.recover(tx, actor, moved, 'email_undo', kept);
      await this.audit.recordEvent(tx, 'user.email_change_undone', actor, userSubject(userId));
      await this.reset.sendLink(tx, [restored]);
    });
  }
}
