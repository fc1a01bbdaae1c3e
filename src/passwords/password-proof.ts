import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, UNKNOWN_USER, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor, SignedInActor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import { MAX_CONSECUTIVE_FAILURES } from '../platform/throttling/limits.js';
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
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly backends: AuthenticationBackends,
    private readonly attempts: PasswordAttempts,
    private readonly failures: PasswordFailures,
    private readonly email: EmailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * The caller's account, whose password was right. Throws `AppError` 422 naming `field`, 401, 429
   * `too_many_requests`, 503.
   */
  async provePassword(
    actor: SignedInActor,
    currentPassword: string,
    field = 'currentPassword',
  ): Promise<AuthenticatedUser> {
    const user = await this.users.findById(actor.principal.userId);
    if (!user) throw new AppError('invalid_token');
    const attempt = await this.attempts.beginAttempt(actor, user);
    const credentials = {
      actor,
      name: user.username,
      password: currentPassword,
      account: user,
      place: attempt.place,
    };
    const verdict = await this.backends.verifyCredentials(credentials, {
      isDecoy: attempt.obstacle !== undefined,
      mustBe: user,
    });
    const found = await this.settle(actor, 'user.password_proof_failed', attempt, verdict);
    if (!found) throw wrongPassword(field);
    return found;
  }

  /**
   * The account of that username or address, whose password was right. Throws `AppError` 401
   * `invalid_credentials` for an unknown name, a wrong password and an inactive account alike, each after
   * the same work (ASVS 6.3.8); 429 `too_many_requests` for all of them alike, before any; 503, for all of
   * them alike as well when somebody who might know the password is down.
   * @param accountId the account whose name it is, where an unproven address names no account
   */
  async provePasswordOf(
    actor: Actor,
    name: string,
    password: string,
    accountId?: string,
  ): Promise<AuthenticatedUser> {
    const attempt = await this.attempts.beginAttemptByName(actor, { name, accountId });
    const { user: account, place } = attempt;
    const credentials = { actor, name, password, account, place };
    const isDecoy = attempt.obstacle !== undefined;
    const verdict = await this.backends.verifyCredentials(credentials, { isDecoy });
    const found = await this.settle(actor, 'user.sign_in_failed', attempt, verdict);
    if (!found) throw new AppError('invalid_credentials');
    return found;
  }

  /**
   * The proven account as it is now, for the caller's transaction alone. Throws `AppError` 401 when it
   * is gone, 409 `conflict` when it has got another hash in the meantime.
   */
  async lockProvenUser(tx: EntityManager, proven: User): Promise<User> {
    const user = await this.users.lockUser(tx, proven.id);
    if (!user) throw new AppError('invalid_token');
    if (user.passwordHash !== proven.passwordHash) {
      throw new AppError('conflict', { detail: 'The account has just changed. Try again.' });
    }
    return user;
  }

  /** Settles the counts of an attempt, and records a failure. Null unless it was right. Throws `AppError` 503. */
  private async settle(
    actor: Actor,
    action: FailureAction,
    attempt: PasswordAttempt,
    verdict: Verdict,
  ): Promise<AuthenticatedUser | null> {
    if (verdict.outcome === 'unanswered') {
      await this.attempts.giveBack(attempt);
      throw unavailable(verdict.failure);
    }
    const isRight = verdict.outcome === 'found' && verdict.found.user.isActive;
    // The row of failures may have become too long since the account was read.
    if (isRight && (await this.attempts.succeed(attempt, verdict.found.user))) return verdict.found;
    const reason = isRight ? 'password_disabled' : reasonOf(attempt, verdict);
    await this.recordFailure(actor, action, attempt, reason);
    if (verdict.failure) throw unavailable(verdict.failure);
    return null;
  }

  private async recordFailure(
    actor: Actor,
    action: FailureAction,
    { user, isOverLimit, row }: PasswordAttempt,
    reason: string,
  ): Promise<void> {
    // What is over a limit is no guess, and what others keep they count. For nobody it is the same statement.
    const isGuess = user && hasPassword(user) && !isOverLimit;
    await this.dataSource.transaction(async (tx) => {
      await this.audit.recordEvent(tx, action, actor, user ? userSubject(user.id) : UNKNOWN_USER, {
        reason,
      });
      const guessedAt = isGuess ? user.id : undefined;
      const failures = await this.failures.addFailure(tx, guessedAt, row.name, new Date());
      if (failures === MAX_CONSECUTIVE_FAILURES) {
        await this.recordDisabling(tx, actor, user!, row.name === STRANGERS);
      }
    });
  }

  private async recordDisabling(
    tx: EntityManager,
    actor: Actor,
    user: User,
    isForStrangers: boolean,
  ): Promise<void> {
    const reason = isForStrangers ? 'new_devices' : 'known_device';
    await this.audit.recordEvent(tx, 'user.password_disabled', actor, userSubject(user.id), {
      reason,
    });
    await this.email.send(tx, 'password_disabled', user.email, {
      username: user.username,
      failures: MAX_CONSECUTIVE_FAILURES,
      isForStrangers,
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }
}

/** Why an attempt failed, for the trail alone. */
function reasonOf({ user, obstacle }: PasswordAttempt, { outcome, failure }: Verdict): string {
  if (outcome === 'found') return 'inactive_account';
  if (obstacle) return obstacle;
  if (failure && outcome !== 'refused') return 'backend_unavailable';
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
