import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../http/app-error.js';
import type { Actor, CallingActor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_CONFIRM_PATH } from '../http/page-paths.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { JobRunner } from '../platform/jobs/job-runner.js';
import { JobsService } from '../platform/jobs/jobs.service.js';
import { EmailService } from '../platform/email/email.service.js';
import { PASSWORD_PURPOSES } from '../one-time-tokens/one-time-token.entity.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { placeOfAccount } from '../passwords/hash-place.js';
import { isKnownBrowser } from '../passwords/known-browser.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { emailKey } from '../users/identifiers.js';
import type { User } from '../users/user.entity.js';
import { AddressesService } from '../users/addresses.service.js';
import { isMeantToHavePassword } from '../users/invited.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService, NO_UNDO_LINKS } from './email-proof.service.js';
import { type KnownBy, EmailLimits, type ResetAllowance } from './email-limits.js';
import { PasswordSettingService } from './password-setting.service.js';
import { RecoveryService } from './recovery.service.js';
import type { Kept } from './ways-in.js';

/** Who forgot a password, and what may be sent for it. */
interface ResetRequest extends ResetAllowance {
  email: string;
}

/** Choosing a password by a link that was mailed: another one, or the first one of an invited account. */
@Injectable()
export class PasswordResetService implements OnModuleInit {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly passwords: PasswordsService,
    private readonly setting: PasswordSettingService,
    private readonly proof: EmailProofService,
    private readonly email: EmailService,
    private readonly jobs: JobsService,
    private readonly runner: JobRunner,
    private readonly limits: EmailLimits,
    private readonly networks: KnownNetworksService,
    private readonly identities: FederatedIdentitiesService,
    private readonly recoveries: RecoveryService,
  ) {}

  onModuleInit(): void {
    this.runner.handleJobOnce('forgotten-password', async (tx, request: ResetRequest) => {
      await this.sendLinks(tx, request);
    });
  }

  /**
   * Has links sent to the accounts of an address. Who they are is looked up afterwards, so that neither
   * the answer nor its time tells whether there are any (ASVS 6.3.8). Throws `AppError` 403 `mail_disabled`,
   * 429 `too_many_requests`, 503.
   */
  async request(actor: CallingActor, email: string): Promise<void> {
    this.email.assertOn();
    const allowance = await this.limits.allowsReset(actor, email);
    if (!allowance) return;
    const request = { email, ...allowance };
    await this.dataSource.transaction((tx) => this.jobs.addJob(tx, 'forgotten-password', request));
  }

  /** An address that is only claimed knows nobody: a stranger's account may claim it as well. */
  private async knownAmong(tx: EntityManager, users: User[], by: KnownBy): Promise<User[]> {
    const proven = users.filter(({ emailVerifiedAt }) => emailVerifiedAt !== null);
    const accounts = by.accounts.map(({ id, seenAt }) => ({ id, seenAt: new Date(seenAt) }));
    const known = await Promise.all(
      proven.map(
        async (user) =>
          isKnownBrowser({ accounts }, user) ||
          (await this.networks.isKnownNetwork(tx, user.id, by.networks ?? [], new Date())),
      ),
    );
    return proven.filter((_, i) => known[i]);
  }

  /** An account without a password gets one by this only if it was invited or has an identity: others were not meant to have one. */
  private async sendLinks(
    tx: EntityManager,
    { email, knownBy, isNew }: ResetRequest,
  ): Promise<void> {
    const { users, olderOnes } = await this.addresses.findForReset(tx, email);
    const ids = users.map(({ id }) => id);
    const federated = await this.identities.ownersAmong(tx, ids);
    const mayHaveOne = users.filter(
      (user) => isMeantToHavePassword(user) || federated.has(user.id),
    );
    const wanted = knownBy ? await this.knownAmong(tx, mayHaveOne, knownBy) : mayHaveOne;
    const locked: User[] = [];
    for (const user of wanted) if (await this.users.lockUser(tx, user.id)) locked.push(user);
    await this.sendLink(tx, locked, { isNew, olderOnes });
  }

  /**
   * Sends one email with a link for each of these accounts of one address, to the address as it is stored. The caller
   * has locked them.
   * @param olderOnes how many more accounts claim the address
   * @param isNew whether the link is a new one even where there is one with time left
   */
  async sendLink(
    tx: EntityManager,
    users: User[],
    { isNew = false, olderOnes = 0 } = {},
  ): Promise<void> {
    const accounts = [];
    for (const { id, username, email } of users) {
      const claim = { userId: id, value: email };
      const token = await this.tokens.issue(tx, 'reset_password', claim, { isNew });
      accounts.push({ username, link: this.email.link(PASSWORD_RESET_CONFIRM_PATH, token) });
    }
    if (accounts.length === 0) return;
    await this.email.send(tx, 'reset_password', users[0]!.email, { accounts, olderOnes });
  }

  /**
   * Exchanges a link that proves the address of an account for one that chooses its password: each shows that its
   * holder reads email there. Returns the token. Throws `AppError` 400 `invalid_link`, also for a link to an address
   * that the account is to move to, which may be a slip of the pen.
   */
  async exchange(proofToken: string): Promise<string> {
    const { userId } = await this.tokens.read('prove_email', proofToken);
    return this.dataSource.transaction(async (tx) => {
      const user = await this.users.lockUser(tx, userId);
      const { value } = await this.tokens.consume(tx, 'prove_email', proofToken);
      const isOwn = user?.isActive && !user.emailVerifiedAt && emailKey(value) === user.emailKey;
      if (!isOwn) throw new AppError('invalid_link');
      const mayHaveOne =
        isMeantToHavePassword(user) || (await this.identities.ownersAmong(tx, [userId])).size > 0;
      if (!mayHaveOne) throw new AppError('invalid_link');
      return this.tokens.issue(tx, 'reset_password', { userId, value });
    });
  }

  /**
   * Uses a link up: the password is the new one, and every other way into the account ends but for the identities
   * that are to stay. The address that the link went to is proven. A password that breaks a rule leaves the link as
   * it is. Throws `AppError` 400 `invalid_link`, 422 naming `newPassword`, 503 `hash_queue_full`.
   */
  async confirm(
    actor: CallingActor,
    token: string,
    newPassword: string,
    keepIdentities: readonly string[] = [],
  ): Promise<void> {
    const claim = await this.tokens.read(PASSWORD_PURPOSES, token);
    const { purpose, userId, value: address } = claim;
    const owner = await this.users.findById(userId);
    if (!owner) throw new AppError('invalid_link');
    const findings = await this.setting.check(owner, newPassword, 'newPassword');
    if (findings.length > 0) throw AppError.validation(findings);
    const passwordHash = await this.passwords.hash(newPassword, placeOfAccount(actor, userId));
    await this.dataSource.transaction(async (tx) => {
      await this.addresses.lockAddress(tx, address);
      // The account before its tokens: so do the triggers.
      const user = await this.users.lockUser(tx, userId);
      await this.tokens.consume(tx, purpose, token);
      if (!user?.isActive) throw new AppError('invalid_link');
      const kept = { passwordHash, identities: keepIdentities };
      await this.give(tx, actor, user, address, kept);
      await this.setting.reportPasswordChange(tx, actor, user);
    });
  }

  /** A thief who has moved the account must not end the ways back of its owner by a reset: links to undo stay. */
  private async give(
    tx: EntityManager,
    actor: Actor,
    user: User,
    address: string,
    kept: Omit<Kept, 'undoLinksBefore'>,
  ): Promise<void> {
    const isProven = user.emailVerifiedAt !== null || emailKey(address) !== user.emailKey;
    if (isProven) {
      const undoLinksBefore = new Date();
      await this.recoveries.recover(tx, actor, user, 'password_reset', {
        ...kept,
        undoLinksBefore,
      });
    } else {
      const undoLinksBefore = NO_UNDO_LINKS;
      await this.proof.prove(tx, actor, user, address, {
        by: 'proof_by_reset',
        kept: { ...kept, undoLinksBefore },
      });
    }
  }
}
