import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { Client } from '../common/current-client.decorator.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** A user whose credentials were found right; not yet signed in. */
export interface AuthenticatedUser {
  user: User;
  /** Methods that were used (RFC 8176). */
  amr: string[];
  upgradedHash: string | undefined;
}

/** Signing in, in two steps: who is it (`authenticate`), and open the session (`complete`). */
@Injectable()
export class LoginService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Checks a username or email address and a password. Null for an unknown user, a wrong password and
   * an inactive user alike, each after exactly one slow hash (ASVS 6.3.8).
   */
  async authenticate(name: string, password: string): Promise<AuthenticatedUser | null> {
    const user = await this.users.findForSignIn(name);
    const { matches, upgradedHash } = await this.passwords.check(password, user?.passwordHash);
    return user?.isActive && matches ? { user, amr: ['pwd'], upgradedHash } : null;
  }

  /** Opens a session. Throws `AppError` 401 when the account changed while it was being checked. */
  async complete(
    { user, amr, upgradedHash }: AuthenticatedUser,
    client: Client,
  ): Promise<{ user: User; session: Session }> {
    const now = new Date();
    return this.dataSource.transaction(async (tx) => {
      if (!(await this.users.recordSignIn(tx, user, now, upgradedHash))) {
        throw new AppError('invalid_credentials');
      }
      const session = await this.sessions.open(tx, user.id, amr, client, now);
      return { user: Object.assign(user, { lastLoginAt: now }), session };
    });
  }
}
