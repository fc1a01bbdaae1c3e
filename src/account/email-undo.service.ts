import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { Actor } from '../common/current-actor.decorator.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { placeOfAccount } from '../passwords/hash-place.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { AddressesService } from '../users/addresses.service.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import { PasswordResetService } from './password-reset.service.js';

/** Taking back a change of address that its owner did not make (ATTACKS A51). */
@Injectable()
export class EmailUndoService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly passwords: PasswordsService,
    private readonly proof: EmailProofService,
    private readonly reset: PasswordResetService,
    private readonly identities: FederatedIdentitiesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Restores the old address. Whoever changed it may know the password, so the password is replaced by one
   * that nobody knows, all sessions end, providers that were connected since open the account no more, and a link to choose a new one is sent to the old address. Throws
   * `AppError` 400 `invalid_link`, 503 `hash_queue_full`.
   */
  async undo(actor: Actor, token: string): Promise<void> {
    const { userId, value: address } = await this.tokens.read('undo_email_change', token);
    const password = randomBytes(32).toString('base64url');
    const hash = await this.passwords.hash(password, placeOfAccount(actor, userId));
    await this.dataSource.transaction(async (tx) => {
      await this.addresses.lock(tx, address);
      const user = await this.users.lock(tx, userId);
      const { createdAt } = await this.tokens.consume(tx, 'undo_email_change', token);
      if (!user?.isActive) throw new AppError('invalid_link');
      const restored = await this.proof.prove(tx, actor, user, address, new Date());
      await this.proof.endWaysBack(tx, userId, createdAt);
      await this.endIdentities(tx, actor, userId, createdAt);
      await this.users.setPassword(tx, userId, hash);
      await this.audit.record(tx, 'user.email_change_undone', actor, userSubject(userId));
      await this.reset.sendLink(tx, [restored]);
    });
  }

  /** Whoever moved the account may have made themselves another way in. */
  private async endIdentities(
    tx: EntityManager,
    actor: Actor,
    userId: string,
    since: Date,
  ): Promise<void> {
    for (const { issuer, subject } of await this.identities.deleteSince(tx, userId, since)) {
      await this.audit.record(tx, 'user.identity_disconnected', actor, userSubject(userId), {
        changes: { provider: { old: issuer, new: null } },
        personalChanges: { identity: { old: { issuer, subject }, new: null } },
      });
    }
  }
}
