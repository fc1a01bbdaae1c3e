import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import { hasPassword } from '../users/unusable-password.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { AuthenticationBackend, Credentials } from './authentication-backend.js';
import { PasswordsService } from './passwords.service.js';

/** Passwords whose hashes are kept here. An account without one is left to others. */
@Injectable()
export class PasswordBackend implements AuthenticationBackend {
  readonly amr = ['pwd'];

  constructor(
    private readonly passwords: PasswordsService,
    private readonly users: UsersService,
  ) {}

  /** Takes the same work for every caller that is not let in (ASVS 6.3.8). Throws `AppError` 503 `hash_queue_full`. */
  async authenticate(credentials: Credentials): Promise<User | 'not_mine' | 'refused'> {
    const { account, password, place } = credentials;
    const isMatch = await this.passwords.verify(password, usableHashOf(account), place);
    if (!account || !hasPassword(account)) return 'not_mine';
    return isMatch ? this.withCurrentHash(account, credentials) : 'refused';
  }

  /**
   * The account after an outdated hash of its password was replaced. Of sign-ins that come at once one
   * replaces it; the others check their password against what they then find.
   */
  private async withCurrentHash(
    user: User,
    { password, place }: Credentials,
  ): Promise<User | 'refused'> {
    if (!this.passwords.isOutdated(user.passwordHash)) return user;
    const hash = await this.passwords.hash(password, place).catch(ignoreFullQueue);
    if (hash === undefined) return user;
    if (await this.users.replaceHash(user, hash, new Date())) {
      return Object.assign(user, { passwordHash: hash });
    }
    const fresh = await this.users.findById(user.id);
    const isMatch = await this.passwords.verify(password, usableHashOf(fresh), place);
    return fresh && isMatch ? fresh : 'refused';
  }
}

/**
 * The hash that lets its owner in. Undefined for an inactive account: the right password must take as long there
 * as a wrong one.
 */
function usableHashOf(account: User | null): string | undefined {
  return account?.isActive && hasPassword(account) ? account.passwordHash : undefined;
}

/** The old hash will do until the next sign-in. */
function ignoreFullQueue(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'hash_queue_full') return undefined;
  throw error;
}
