import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, type AuditSubject, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { Actor, SignedInActor } from '../common/current-actor.decorator.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
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
    private readonly audit: AuditService,
  ) {}

  /** The caller's account, whose password was right. Throws `AppError` 422 naming `currentPassword`, 401, 503. */
  async of(actor: SignedInActor, currentPassword: string): Promise<User> {
    const user = await this.users.findById(actor.principal.userId);
    if (!user) throw new AppError('invalid_token');
    const isMatch = await this.passwords.verify(currentPassword, user.passwordHash);
    if (!isMatch) {
      await this.tell('user.password_proof_failed', actor, userSubject(user.id), 'wrong_password');
      throw wrongPassword();
    }
    return user;
  }

  /**
   * The account of that username or address, whose password was right. Throws `AppError` 401
   * `invalid_credentials` for an unknown name, a wrong password and an inactive account alike, each after
   * exactly one slow hash (ASVS 6.3.8); 503.
   */
  async ofName(actor: Actor, name: string, password: string): Promise<User> {
    const user = await this.users.findForSignIn(name);
    const isMatch = await this.passwords.verify(password, user?.passwordHash);
    if (user?.isActive && isMatch) return user;
    const subject = user ? userSubject(user.id) : NOBODY;
    await this.tell('user.sign_in_failed', actor, subject, reasonOf(user, isMatch));
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

  private async tell(
    action: 'user.sign_in_failed' | 'user.password_proof_failed',
    actor: Actor,
    subject: AuditSubject,
    reason: string,
  ): Promise<void> {
    await this.audit.record(this.dataSource.manager, action, actor, subject, { reason });
  }
}

function reasonOf(user: User | null, isMatch: boolean): string {
  if (!user) return 'unknown_account';
  return isMatch ? 'inactive_account' : 'wrong_password';
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
