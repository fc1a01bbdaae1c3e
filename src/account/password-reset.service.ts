import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { CallingActor } from '../common/current-actor.decorator.js';
import { PASSWORD_RESET_CONFIRM_PATH } from '../common/page-paths.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { JobRunner } from '../jobs/job-runner.js';
import { JobsService } from '../jobs/jobs.service.js';
import { MailService } from '../mail/mail.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { placeOfAccount } from '../passwords/hash-place.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { emailKey } from '../users/identifiers.js';
import type { User } from '../users/user.entity.js';
import { AddressesService } from '../users/addresses.service.js';
import { hasPassword } from '../users/unusable-password.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import { type KnownBy, MailLimits, type ResetAllowance } from './mail-limits.js';
import { PasswordSettingService } from './password-setting.service.js';

const FORGOTTEN_PASSWORD = 'forgotten-password';

/** Who forgot a password, and what may be sent for it. */
interface ResetRequest extends ResetAllowance {
  email: string;
}

/** Choosing a new password by a link that was mailed. */
@Injectable()
export class PasswordResetService implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly passwords: PasswordsService,
    private readonly setting: PasswordSettingService,
    private readonly proof: EmailProofService,
    private readonly mail: MailService,
    private readonly jobs: JobsService,
    private readonly runner: JobRunner,
    private readonly limits: MailLimits,
    private readonly networks: KnownNetworksService,
    private readonly identities: FederatedIdentitiesService,
  ) {}

  onModuleInit(): void {
    this.runner.handleOnce(FORGOTTEN_PASSWORD, async (tx, request: ResetRequest) => {
      const users = await this.findFor(request.email);
      const { knownBy } = request;
      await this.sendLink(tx, knownBy ? await this.knownAmong(tx, users, knownBy) : users, request);
    });
  }

  /**
   * Has links sent to the accounts of an address. Who they are is looked up afterwards, so that neither
   * the answer nor its time tells whether there are any (ASVS 6.3.8). Throws `AppError` 403 `mail_disabled`,
   * 429 `too_many_requests`, 503.
   */
  async request(actor: CallingActor, email: string): Promise<void> {
    this.mail.assertOn();
    const allowance = await this.limits.allowsReset(actor, email);
    if (!allowance) return;
    const request = { email, ...allowance };
    await this.dataSource.transaction((tx) => this.jobs.add(tx, FORGOTTEN_PASSWORD, request));
  }

  /** An address that is only claimed knows nobody: a stranger's account may claim it as well. */
  private async knownAmong(tx: EntityManager, users: User[], by: KnownBy): Promise<User[]> {
    const proven = users.filter(({ emailVerifiedAt }) => emailVerifiedAt !== null);
    const known = await Promise.all(
      proven.map(
        async ({ id }) =>
          by.accounts.includes(id) ||
          (by.network !== null && (await this.networks.isKnown(tx, id, by.network, new Date()))),
      ),
    );
    return proven.filter((_, i) => known[i]);
  }

  /** Who has no password gets one by this only who signs in with a provider: others were not meant to have one. */
  private async findFor(email: string): Promise<User[]> {
    const users = await this.addresses.findForReset(email);
    const federated = await this.identities.ownersAmong(users.map(({ id }) => id));
    return users.filter((user) => hasPassword(user) || federated.has(user.id));
  }

  /**
   * Sends one mail with a link for each of these accounts of one address, to the address as it is stored.
   * @param isNew whether it is a new one even where there is one with time left
   */
  async sendLink(tx: EntityManager, users: User[], { isNew = false } = {}): Promise<void> {
    const accounts = [];
    for (const { id, username, email } of users) {
      if (!(await this.users.lock(tx, id))) continue;
      const claim = { userId: id, value: email };
      const token = await this.tokens.issue(tx, 'reset_password', claim, { isNew });
      accounts.push({ username, link: this.mail.link(PASSWORD_RESET_CONFIRM_PATH, token) });
    }
    if (accounts.length > 0)
      await this.mail.send(tx, 'reset_password', users[0]!.email, { accounts });
  }

  /**
   * Uses a link up: the password is the new one, all sessions end, the address the link went to is proven,
   * and the network is known: strangers who hammer the account must not keep its owner out. A password that breaks a rule leaves the link as it is. Throws `AppError` 400 `invalid_link`,
   * 422 naming `newPassword`, 503 `hash_queue_full`.
   */
  async confirm(actor: CallingActor, token: string, newPassword: string): Promise<void> {
    const { userId, value: address } = await this.tokens.read('reset_password', token);
    const owner = await this.users.findById(userId);
    if (!owner) throw new AppError('invalid_link');
    const findings = this.setting.check(owner, newPassword, 'newPassword');
    if (findings.length > 0) throw AppError.validation(findings);
    const hash = await this.passwords.hash(newPassword, placeOfAccount(actor, userId));
    await this.dataSource.transaction(async (tx) => {
      await this.addresses.lock(tx, address);
      // The account before its tokens: so do the triggers.
      const user = await this.users.lock(tx, userId);
      await this.tokens.consume(tx, 'reset_password', token);
      if (!user?.isActive) throw new AppError('invalid_link');
      const isProven = user.emailVerifiedAt !== null || emailKey(address) !== user.emailKey;
      if (!isProven) await this.proof.prove(tx, actor, user, address, new Date());
      await this.setting.store(tx, actor, user, hash);
      await this.networks.note(tx, userId, actor.client.ip, new Date());
    });
  }
}
