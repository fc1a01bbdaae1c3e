import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** That whoever is signed in knows the password, for what a stolen session must not be enough (ASVS 6.2.3, 7.5.1). */
@Injectable()
export class PasswordProof {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
  ) {}

  /** The account whose password was right. Throws `AppError` 422 naming `currentPassword`, 401, 503. */
  async of(userId: string, currentPassword: string): Promise<User> {
    const user = await this.users.findById(userId);
    if (!user) throw new AppError('invalid_token');
    const isMatch = await this.passwords.verify(currentPassword, user.passwordHash);
    if (!isMatch) throw wrongPassword();
    return user;
  }

  /**
   * As `of`, for an account that is not signed in to. Throws `AppError` 401 `invalid_credentials` for an
   * unknown name, a wrong password and an inactive account alike, after one slow hash.
   */
  async ofName(name: string, password: string): Promise<User> {
    const user = await this.users.findForSignIn(name);
    const isMatch = await this.passwords.verify(password, user?.passwordHash);
    if (!user?.isActive || !isMatch) throw new AppError('invalid_credentials');
    return user;
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
