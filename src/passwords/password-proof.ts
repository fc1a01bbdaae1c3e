import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, UNKNOWN_USER, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { Actor, SignedInActor } from '../common/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { MailService } from '../mail/mail.service.js';
import { MAX_CONSECUTIVE_FAILURES } from '../throttling/limits.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { hasPassword } from '../users/unusable-password.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { AuthenticationBackends, type Verdict } from './authentication-backends.js';
import type { PasswordAttempt } from './password-attempt.js';
import { PasswordAttempts } from './password-attempts.service.js';
import { PasswordFailures } from './password-failures.service.js';
import { STRANGERS } from './password-failures.sql.js';

type FailureAction = 'user.sign_in_failed' | 'user.password_proof_failed';

/**
 * That somebody knows the password of an account, whoever keeps it: to sign in, and for what a stolen session
 * must not be enough (ASVS 6.2.3, 7.5.1). Every failure is told in the audit trail, with its reason (ASVS 16.3.1).
 */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly backends: AuthenticationBackends,
    private readonly attempts: PasswordAttempts,
    private readonly failures: PasswordFailures,
    private readonly mail: MailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * The caller's account, whose password was right. Throws `AppError` 422 naming `field`, 401, 429
   * `too_many_requests`, 503.
   */
  async of(
    actor: SignedInActor,
    currentPassword: string,
    field = 'currentPassword',
  ): Promise<AuthenticatedUser> {
    const user = await this.users.findById(actor.principal.userId);
    if (!user) throw new AppError('invalid_token');
    const attempt = await this.attempts.of(actor, user);
    const credentials = {
      actor,
      name: user.username,
      password: currentPassword,
      account: user,
      place: attempt.place,
    };
    const verdict = await this.backends.ask(credentials, {
      isDecoy: attempt.obstacle !== undefined,
      mustBe: user,
    });
    if (await this.isRight(actor, 'user.password_proof_failed', attempt, verdict)) {
      return verdict.found!;
    }
    throw wrongPassword(field);
  }

  /**
   * The account of that username or address, whose password was right. Throws `AppError` 401
   * `invalid_credentials` for an unknown name, a wrong password and an inactive account alike, each after
   * the same work (ASVS 6.3.8); 429 `too_many_requests` for all of them alike, before any; 503, for all of
   * them alike as well when somebody who might know the password is down.
   */
  async ofName(actor: Actor, name: string, password: string): Promise<AuthenticatedUser> {
    const attempt = await this.attempts.ofName(actor, name);
    const { user: account, place } = attempt;
    const credentials = { actor, name, password, account, place };
    const isDecoy = attempt.obstacle !== undefined;
    const verdict = await this.backends.ask(credentials, { isDecoy });
    if (await this.isRight(actor, 'user.sign_in_failed', attempt, verdict)) return verdict.found!;
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

  /** Settles the counts of an attempt, and tells of a failure. Throws `AppError` 503. */
  private async isRight(
    actor: Actor,
    action: FailureAction,
    attempt: PasswordAttempt,
    verdict: Verdict,
  ): Promise<boolean> {
    const { found, failure, isAnswered } = verdict;
    const reason = reasonOf(attempt, verdict) ?? (await this.succeed(attempt, found!.user));
    if (reason === undefined) return true;
    if (!isAnswered) await this.attempts.giveBack(attempt);
    else await this.tellOfFailure(actor, action, attempt, reason);
    if (failure) throw unavailable(failure);
    return false;
  }

  /** Says so when the row of failures has become too long since the account was read. */
  private async succeed(attempt: PasswordAttempt, user: User) {
    return (await this.attempts.succeed(attempt, user)) ? undefined : 'password_disabled';
  }

  private async tellOfFailure(
    actor: Actor,
    action: FailureAction,
    { user, isOverLimit, row }: PasswordAttempt,
    reason: string,
  ): Promise<void> {
    // What is over a limit is no guess, and what others keep they count. For nobody it is the same statement.
    const isGuess = user && hasPassword(user) && !isOverLimit;
    await this.dataSource.transaction(async (tx) => {
      await this.audit.record(tx, action, actor, user ? userSubject(user.id) : UNKNOWN_USER, {
        reason,
      });
      const guessedAt = isGuess ? user.id : undefined;
      const failures = await this.failures.add(tx, guessedAt, row.name, new Date());
      if (failures === MAX_CONSECUTIVE_FAILURES) {
        await this.tellOfDisabling(tx, actor, user!, row.name === STRANGERS);
      }
    });
  }

  private async tellOfDisabling(
    tx: EntityManager,
    actor: Actor,
    user: User,
    isForStrangers: boolean,
  ): Promise<void> {
    const reason = isForStrangers ? 'new_devices' : 'known_device';
    await this.audit.record(tx, 'user.password_disabled', actor, userSubject(user.id), { reason });
    await this.mail.send(tx, 'password_disabled', user.email, {
      username: user.username,
      failures: MAX_CONSECUTIVE_FAILURES,
      isForStrangers,
      resetLink: this.mail.link(PASSWORD_RESET_PATH),
    });
  }
}

/** Why somebody did not get through, for the trail alone; undefined when they did. */
function reasonOf(
  { user, obstacle }: PasswordAttempt,
  { found, isRefused, failure }: Verdict,
): string | undefined {
  if (found) return found.user.isActive ? undefined : 'inactive_account';
  if (obstacle) return obstacle;
  if (failure && !isRefused) return 'backend_unavailable';
  if (!user) return 'unknown_account';
  return user.isActive ? 'wrong_password' : 'inactive_account';
}

/** The same for all who are not let in, so that it does not tell who would have known them. */
function unavailable(cause: Error): AppError {
  if (cause instanceof AppError && cause.status === 503) return cause;
  return new AppError('service_unavailable', {
    detail: 'Not everybody who may know this password can be asked. Try again in a few seconds.',
    retryAfter: 5,
    cause,
  });
}

function wrongPassword(field: string): AppError {
  return AppError.validation([
    {
      field,
      code: 'password_incorrect',
      message: 'This is not your current password.',
    },
  ]);
}
