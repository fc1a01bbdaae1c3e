import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, type AuditSubject, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { Actor, SignedInActor } from '../common/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { MailService } from '../mail/mail.service.js';
import { MAX_CONSECUTIVE_FAILURES } from '../throttling/limits.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { PasswordAttempt } from './password-attempt.js';
import { PasswordAttempts } from './password-attempts.service.js';
import { PasswordsService } from './passwords.service.js';

const NOBODY: AuditSubject = { type: 'user', id: 'unknown' };

/**
 * That somebody knows the password of an account: to sign in, and for what a stolen session must not be
 * enough (ASVS 6.2.3, 7.5.1). Every failure is told in the audit trail, with its reason (ASVS 16.3.1).
 */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly attempts: PasswordAttempts,
    private readonly mail: MailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * The caller's account, whose password was right. Throws `AppError` 422 naming `currentPassword`, 401, 429
   * `too_many_requests`, 503.
   */
  async of(actor: SignedInActor, currentPassword: string): Promise<User> {
    const user = await this.users.findById(actor.principal.userId);
    if (!user) throw new AppError('invalid_token');
    const attempt = await this.attempts.of(actor, user);
    if (await this.isRight(actor, 'user.password_proof_failed', attempt, currentPassword)) {
      return user;
    }
    throw wrongPassword();
  }

  /**
   * The account of that username or address, whose password was right. Throws `AppError` 401
   * `invalid_credentials` for an unknown name, a wrong password and an inactive account alike, each after
   * exactly one slow hash (ASVS 6.3.8); 429 `too_many_requests` for all of them alike, before any; 503.
   */
  async ofName(actor: Actor, name: string, password: string): Promise<User> {
    const attempt = await this.attempts.ofName(actor, name);
    if (await this.isRight(actor, 'user.sign_in_failed', attempt, password)) return attempt.user!;
    throw new AppError('invalid_credentials');
  }

  /**
   * The proven account as it is now, for the caller's transaction alone. Throws `AppError` 401 when it
   * is gone, 409 `conflict` when it has got another hash in the meantime.
   */
  async lock(tx: EntityManager, proven: User): Promise<User> {
    const user = await this.users.lock(tx, proven.id);
    if (!user) throw new AppError('invalid_token');
    if (user.passwordHash !== proven.passwordHash) {
      throw new AppError('conflict', { detail: 'The account has just changed. Try again.' });
    }
    return user;
  }

  /** Looks at the password of an attempt, settles its counts, and tells of a failure. */
  private async isRight(
    actor: Actor,
    failure: 'user.sign_in_failed' | 'user.password_proof_failed',
    attempt: PasswordAttempt,
    password: string,
  ): Promise<boolean> {
    const { user } = attempt;
    const isMatch = await this.verify(attempt, password);
    const reason = reasonOf(attempt, isMatch) ?? (await this.endFailures(user!));
    if (reason === undefined) {
      await attempt.giveBack();
      return true;
    }
    await this.dataSource.transaction(async (tx) => {
      const subject = user ? userSubject(user.id) : NOBODY;
      await this.audit.record(tx, failure, actor, subject, { reason });
      // What is over a limit is no guess. For nobody it is the same statement.
      const failures = await this.users.countFailure(
        tx,
        attempt.isOverLimit ? undefined : user?.id,
      );
      if (failures === MAX_CONSECUTIVE_FAILURES) await this.tellOfDisabling(tx, actor, user!);
    });
    return false;
  }

  /** Ends the row of failures; says so when it has become too long since the account was read. */
  private async endFailures({ id }: User): Promise<'password_disabled' | undefined> {
    return (await this.users.endFailures(id)) ? undefined : 'password_disabled';
  }

  private async verify(attempt: PasswordAttempt, password: string): Promise<boolean> {
    try {
      return await this.passwords.verify(password, attempt.user?.passwordHash);
    } catch (error) {
      await attempt.giveBack();
      throw error;
    }
  }

  private async tellOfDisabling(tx: EntityManager, actor: Actor, user: User): Promise<void> {
    await this.audit.record(tx, 'user.password_disabled', actor, userSubject(user.id));
    await this.mail.send(tx, 'password_disabled', user.email, {
      username: user.username,
      failures: MAX_CONSECUTIVE_FAILURES,
      resetLink: this.mail.link(PASSWORD_RESET_PATH),
    });
  }
}

/** Why somebody did not get through, for the trail alone; undefined when they did. */
function reasonOf({ user, obstacle }: PasswordAttempt, isMatch: boolean): string | undefined {
  if (!user) return 'unknown_account';
  if (obstacle) return obstacle;
  if (!isMatch) return 'wrong_password';
  return user.isActive ? undefined : 'inactive_account';
}

function wrongPassword(): AppError {
  return AppError.validation([
    {
      field: 'currentPassword',
      code: 'password_incorrect',
      message: 'This is not your current password.',
    },
  ]);
}
