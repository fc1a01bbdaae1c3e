import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { EMAIL_UNDO_PATH, EMAIL_VERIFY_PATH, PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { hashOfSecret } from '../common/secret-token.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { JobsService } from '../platform/jobs/jobs.service.js';
import { EmailService } from '../platform/email/email.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { Admission, assertAdmitted } from '../users/admission.js';
import { emailKey } from '../users/identifiers.js';
import type { User } from '../users/user.entity.js';
import { hasUsernames } from '../users/usernames.js';
import type { Renamed } from '../users/address-usernames.js';
import { AddressesService } from '../users/addresses.service.js';
import { UsersService } from '../users/users.service.js';
import { type Recovery, RecoveryService } from './recovery.service.js';
import type { Kept } from './ways-in.js';

/** For `Kept`: no way back to an earlier address stays. */
export const NO_UNDO_LINKS = new Date(0);

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
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly email: EmailService,
    private readonly jobs: JobsService,
    private readonly runner: JobRunner,
    private readonly audit: AuditService,
    private readonly recoveries: RecoveryService,
  ) {}

  onModuleInit(): void {
    this.runner.handleJobOnce('ask-for-email-proof', (tx, request: ProofRequest) =>
      this.sendLink(tx, request),
    );
  }

  /**
   * Has a link sent to an address, when the caller's transaction is committed. Who has that address is
   * looked up afterwards, so that the time a request takes tells nothing (ASVS 6.3.8).
   * @param admission of an address that is another one than the account has
   */
  async requestProof(
    tx: EntityManager,
    user: User,
    address: string,
    admission?: Admission,
  ): Promise<void> {
    if (emailKey(address) !== user.emailKey) assertAdmitted(admission, address);
    if (!this.email.isOn) return;
    await this.jobs.addJob(tx, 'ask-for-email-proof', {
      userId: user.id,
      address,
      state: stateOf(user),
    });
  }

  /**
   * An address becomes the proven one of an account by a link, which the caller has used up. The caller has locked
   * address and account.
   */
  async confirm(
    tx: EntityManager,
    actor: Actor,
    user: User,
    address: string,
    kept: Kept,
  ): Promise<User> {
    const claim = { userId: user.id, value: address };
    const restored = await this.tokens.findOpen(tx, 'undo_email_change', claim);
    const first = { by: 'proof_by_link', kept } as const;
    // The rule of the product was asked before the link was sent.
    const admission = Admission.unasked(address);
    const proven = await this.prove(tx, actor, user, address, first, admission);
    if (proven.emailKey === user.emailKey) return proven;
    if (restored) await this.endWaysBack(tx, user.id, restored.createdAt);
    else await this.emailOldAddress(tx, user, proven);
    return proven;
  }

  /**
   * An address that was left is the account's again: whoever had it moved in between, to addresses of
   * their own, has no way back to these. The ways back of those who were there before stay.
   */
  async endWaysBack(tx: EntityManager, userId: string, since: Date): Promise<void> {
    await this.tokens.endAll(tx, 'undo_email_change', userId, { since });
  }

  /**
   * The one way by which an address becomes a proven one. The first proof of an account is a change of owner: what
   * was attached to the account before ends. The caller has locked address and account. Throws `AppError` 400
   * `invalid_link` when another account has proven the address before.
   * @param first what the first proof is, and what stays; nothing can end in an account that was just opened,
   * and no email is sent to one of a seed
   * @param admission of an address that is another one than the account has
   */
  async prove(
    tx: EntityManager,
    actor: Actor,
    user: User,
    address: string,
    first: { by: Recovery; kept: Kept } | 'just_opened' | 'seeded',
    admission?: Admission,
  ): Promise<User> {
    const now = new Date();
    const result = await this.addresses.setProvenAddress(tx, user, address, now, admission);
    if (!result) throw new AppError('invalid_link');
    await this.tokens.endForeignProofs(tx, address, user.id);
    await this.tokens.endAll(tx, 'prove_email', user.id);
    for (const id of result.losers) {
      await this.audit.recordEvent(tx, 'user.email_claim_ended', actor, userSubject(id));
    }
    const isOther = result.user.emailKey !== user.emailKey;
    const isRenamed = hasUsernames() && result.user.username !== user.username;
    await this.audit.recordEvent(
      tx,
      isOther ? 'user.email_changed' : 'user.email_verified',
      actor,
      userSubject(user.id),
      {
        personalChanges: {
          ...(isOther
            ? { email: { old: user.email, new: address } }
            : { verifiedEmail: { old: null, new: address } }),
          ...(isRenamed && { username: { old: user.username, new: result.user.username } }),
        },
      },
    );
    for (const one of result.renamed) await this.emailAboutRenaming(tx, actor, one);
    if (first !== 'seeded')
      await this.emailProof(tx, result.user, isRenamed ? user.username : null);
    if (user.emailVerifiedAt || typeof first === 'string') return result.user;
    return this.recoveries.recover(tx, actor, result.user, first.by, first.kept);
  }

  private async sendLink(tx: EntityManager, request: ProofRequest): Promise<void> {
    const { userId, address, state } = request;
    const user = await this.users.lockUser(tx, userId);
    if (!user?.isActive || stateOf(user) !== state) return;
    const owner = await this.addresses.findOwnerOf(address, tx);
    if (owner) {
      if (owner.id === userId) return;
      await this.email.send(tx, 'address_in_use', owner.email, {
        username: owner.username,
        resetLink: this.email.link(PASSWORD_RESET_PATH),
      });
      return;
    }
    const token = await this.tokens.issue(tx, 'prove_email', { userId, value: address });
    const isOwn = emailKey(address) === user.emailKey;
    await this.email.send(tx, isOwn ? 'verify_email' : 'change_email', address, {
      username: user.username,
      link: this.email.link(EMAIL_VERIFY_PATH, token),
    });
  }

  private async emailProof(tx: EntityManager, user: User, oldUsername: string | null) {
    await this.email.send(tx, 'email_verified', user.email, {
      username: user.username,
      oldUsername,
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }

  /** Its username is the address of another account, which has just proven it. */
  private async emailAboutRenaming(tx: EntityManager, actor: Actor, { before, after }: Renamed) {
    await this.audit.recordEvent(tx, 'user.updated', actor, userSubject(after.id), {
      reason: 'username_is_foreign_address',
      personalChanges: { username: { old: before.username, new: after.username } },
    });
    if (after.email === '') return;
    await this.email.send(tx, 'username_changed', after.email, {
      username: after.username,
      oldUsername: before.username,
      isByOwner: false,
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }

  /** An address that nobody has proven may be a stranger's by mistake: it gets no way back. */
  private async emailOldAddress(tx: EntityManager, before: User, after: User): Promise<void> {
    if (!before.emailVerifiedAt) return;
    const claim = { userId: before.id, value: before.email };
    const token = await this.tokens.issue(tx, 'undo_email_change', claim);
    await this.email.send(tx, 'email_changed', before.email, {
      username: before.username,
      newUsername: hasUsernames() && after.username !== before.username ? after.username : null,
      newEmail: after.email,
      link: this.email.link(EMAIL_UNDO_PATH, token),
    });
  }
}

/** Changes with the password and the address. */
function stateOf({ passwordHash, emailKey: key }: User): string {
  return hashOfSecret(`${passwordHash} ${key}`);
}
