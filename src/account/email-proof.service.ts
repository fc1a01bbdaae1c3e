import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { Actor } from '../common/current-actor.decorator.js';
import { EMAIL_UNDO_PATH, EMAIL_VERIFY_PATH, PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { hashOfSecret } from '../common/secret-token.js';
import { JobRunner } from '../jobs/job-runner.js';
import { JobsService } from '../jobs/jobs.service.js';
import { MailService } from '../mail/mail.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { emailKey } from '../users/identifiers.js';
import type { User } from '../users/user.entity.js';
import { AddressesService } from '../users/addresses.service.js';
import { UsersService } from '../users/users.service.js';

const ASK_FOR_PROOF = 'ask-for-email-proof';

/** Who asked for a link to which address, and in which state of the account: in another one nothing is sent. */
interface ProofRequest {
  userId: string;
  address: string;
  state: string;
}

/** Proving that somebody reads mail at an address: their own, or the one they want to move to. */
@Injectable()
export class EmailProofService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly mail: MailService,
    private readonly jobs: JobsService,
    private readonly runner: JobRunner,
    private readonly audit: AuditService,
  ) {}

  onModuleInit(): void {
    this.runner.handleOnce(ASK_FOR_PROOF, (tx, request: ProofRequest) =>
      this.sendLink(tx, request),
    );
  }

  /**
   * Has a link sent to an address, when the caller's transaction is committed. Who has that address is
   * looked up afterwards, so that the time a request takes tells nothing (ASVS 6.3.8).
   */
  async ask(tx: EntityManager, user: User, address: string): Promise<void> {
    if (!this.mail.isOn) return;
    await this.jobs.add(tx, ASK_FOR_PROOF, { userId: user.id, address, state: stateOf(user) });
  }

  /**
   * Uses a link up: the address is proven from now on, and is the account's. Whoever else claimed it
   * without proof has it no longer. Throws `AppError` 400 `invalid_link`.
   */
  async confirm(actor: Actor, token: string): Promise<void> {
    const { userId, value: address } = await this.tokens.read('prove_email', token);
    const now = new Date();
    await this.dataSource.transaction(async (tx) => {
      await this.addresses.lock(tx, address);
      // The account before its tokens: so do the triggers.
      const user = await this.users.lock(tx, userId);
      await this.tokens.consume(tx, 'prove_email', token);
      if (!user?.isActive) throw new AppError('invalid_link');
      const restored = await this.tokens.findOpen(tx, 'undo_email_change', {
        userId,
        value: address,
      });
      const proven = await this.prove(tx, actor, user, address, now);
      if (proven.emailKey === user.emailKey) return;
      if (restored) await this.endWaysBack(tx, userId, restored.createdAt);
      else await this.tellOldAddress(tx, user, address);
    });
  }

  /**
   * An address that was left is the account's again: whoever had it moved in between, to addresses of
   * their own, has no way back to these. The ways back of those who were there before stay.
   */
  async endWaysBack(tx: EntityManager, userId: string, since: Date): Promise<void> {
    await this.tokens.endAll(tx, 'undo_email_change', userId, { since });
  }

  /** The one way by which an address becomes a proven one. The caller has locked address and account. */
  async prove(
    tx: EntityManager,
    actor: Actor,
    user: User,
    address: string,
    now: Date,
  ): Promise<User> {
    const result = await this.addresses.prove(tx, user, address, now);
    if (!result) throw new AppError('invalid_link');
    await this.tokens.endForeignProofs(tx, address, user.id);
    await this.tokens.endAll(tx, 'prove_email', user.id);
    for (const id of result.losers) {
      await this.audit.record(tx, 'user.email_claim_ended', actor, userSubject(id));
    }
    const isOther = result.user.emailKey !== user.emailKey;
    await this.audit.record(
      tx,
      isOther ? 'user.email_changed' : 'user.email_verified',
      actor,
      userSubject(user.id),
      { personalChanges: { email: { old: user.email, new: address } } },
    );
    await this.mail.send(tx, 'email_verified', address, {
      username: user.username,
      resetLink: this.mail.link(PASSWORD_RESET_PATH),
    });
    return result.user;
  }

  private async sendLink(tx: EntityManager, request: ProofRequest): Promise<void> {
    const { userId, address, state } = request;
    const user = await this.users.lock(tx, userId);
    if (!user?.isActive || stateOf(user) !== state) return;
    const owner = await this.addresses.findOwnerOf(address, tx);
    if (owner) {
      if (owner.id === userId) return;
      await this.mail.send(tx, 'address_in_use', owner.email, {
        username: owner.username,
        resetLink: this.mail.link(PASSWORD_RESET_PATH),
      });
      return;
    }
    const token = await this.tokens.issue(tx, 'prove_email', { userId, value: address });
    const isOwn = emailKey(address) === user.emailKey;
    await this.mail.send(tx, isOwn ? 'verify_email' : 'change_email', address, {
      username: user.username,
      link: this.mail.link(EMAIL_VERIFY_PATH, token),
    });
  }

  /** An address that nobody has proven may be a stranger's by mistake: it gets no way back. */
  private async tellOldAddress(tx: EntityManager, before: User, newEmail: string): Promise<void> {
    if (!before.emailVerifiedAt) return;
    const claim = { userId: before.id, value: before.email };
    const token = await this.tokens.issue(tx, 'undo_email_change', claim);
    await this.mail.send(tx, 'email_changed', before.email, {
      username: before.username,
      newEmail,
      link: this.mail.link(EMAIL_UNDO_PATH, token),
    });
  }
}

/** Changes with the password and the address. */
function stateOf({ passwordHash, emailKey: key }: User): string {
  return hashOfSecret(`${passwordHash} ${key}`);
}
