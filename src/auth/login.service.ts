import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { Actor, CallingActor, SignedInActor } from '../common/current-actor.decorator.js';
import type { Client } from '../common/current-client.decorator.js';
import { PASSWORD_RESET_PATH } from '../common/page-paths.js';
import type { Principal } from '../common/principal.js';
import { AppConfig } from '../config/app-config.js';
import { Metrics } from '../metrics/metrics.service.js';
import { MailService } from '../mail/mail.service.js';
import { PasswordProof } from '../passwords/password-proof.js';
import { describeDevice, kindOfDevice } from '../sessions/device.js';
import { KnownDevicesService } from '../sessions/known-devices.service.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { SignInRecord } from './sign-in-record.js';

/** Signing in, in two steps: who is it (`authenticate`), and open the session (`complete`). */
@Injectable()
export class LoginService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly proof: PasswordProof,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly record: SignInRecord,
    private readonly devices: KnownDevicesService,
    private readonly mail: MailService,
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Checks a username or email address and a password. Throws `AppError` as `PasswordProof.ofName`, and 403
   * `email_not_verified` after the right password, where `EMAIL_VERIFICATION` is mandatory.
   */
  async authenticate(actor: Actor, name: string, password: string): Promise<AuthenticatedUser> {
    return this.counted(() => this.prove(actor, name, password));
  }

  private async prove(actor: Actor, name: string, password: string): Promise<AuthenticatedUser> {
    const found = await this.proof.ofName(actor, name, password);
    if (!found.user.emailVerifiedAt && this.config.emailVerification === 'mandatory') {
      throw new AppError('email_not_verified');
    }
    return found;
  }

  /**
   * Checks the password of who is signed in, for a sign-in that takes the place of theirs. Throws
   * `AppError` as `PasswordProof.of`.
   */
  async authenticateAgain(actor: SignedInActor, password: string): Promise<AuthenticatedUser> {
    return this.proof.of(actor, password);
  }

  /**
   * Opens a session. Throws `AppError` 401 when the account changed while it was being checked, and when
   * the session whose place it takes has ended.
   * @param replaced the session that ends with it, so that there is one at any time (ASVS 7.2.4)
   */
  async complete(
    actor: CallingActor,
    authenticated: AuthenticatedUser,
    replaced?: Principal,
  ): Promise<{ user: User; session: Session }> {
    const now = new Date();
    const { user } = authenticated;
    const open = async (tx: EntityManager) => {
      if (replaced) await this.endReplaced(tx, replaced, now);
      const session = await this.record.add(tx, actor, authenticated, now);
      if (!session) throw new AppError('invalid_credentials');
      await this.tellOfNewDevice(tx, user, actor.client, now);
      return session;
    };
    const session = await this.counted(async () => {
      // Most of them are one statement: nothing ends with them, and nobody has to hear of them.
      const alone = replaced ? null : await this.record.addOfKnownDevice(actor, authenticated, now);
      return alone ?? (await this.dataSource.transaction(open));
    });
    this.metrics.count('gatehouse_sign_ins_total', { result: 'success' });
    return { user: Object.assign(user, { lastLoginAt: now }), session };
  }

  /**
   * Ends a session before the one that takes its place opens, which could end it as one too many. Locks the
   * account first, as every sign-in does.
   */
  private async endReplaced(tx: EntityManager, { userId, sessionId }: Principal, now: Date) {
    await this.users.lock(tx, userId);
    if (await this.sessions.endOwn(tx, userId, sessionId, 'replaced', now)) return;
    throw new AppError('invalid_token');
  }

  /** Has a failure counted, by its code. */
  private async counted<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const result = error instanceof AppError ? error.code : 'error';
      this.metrics.count('gatehouse_sign_ins_total', { result });
      throw error;
    }
  }

  private async tellOfNewDevice(
    tx: EntityManager,
    { id, username, email }: User,
    { ip, userAgent }: Client,
    now: Date,
  ): Promise<void> {
    if (!(await this.devices.note(tx, id, kindOfDevice(userAgent), now))) return;
    await this.mail.send(tx, 'new_device', email, {
      username,
      device: describeDevice(userAgent),
      ip,
      when: now.toUTCString(),
      resetLink: this.mail.link(PASSWORD_RESET_PATH),
    });
  }
}
