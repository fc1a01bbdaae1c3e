import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { isEmail } from 'class-validator';
import { type EntityManager, QueryFailedError, Repository } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { emailKey, normalizeUsername, usernameKey } from './identifiers.js';
import { User } from './user.entity.js';

const UNIQUE_VIOLATION = '23505';

export interface NewUser {
  username: string;
  email: string;
  /** Left out: the account has no usable password. */
  passwordHash?: string;
  firstName?: string;
  lastName?: string;
  isSuperuser?: boolean;
}

/** The one writer of the users table. Methods that take `tx` take part in the caller's transaction. */
@Injectable()
export class UsersService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  async findById(id: string): Promise<User | null> {
    return this.users.findOneBy({ id });
  }

  async isUsernameTaken(username: string): Promise<boolean> {
    return this.users.existsBy({ usernameKey: usernameKey(username) });
  }

  /**
   * The account that someone means who signs in with this name: the owner of that verified address,
   * else, of the holder of that username and those who claim the address, whoever was first.
   */
  async findForSignIn(name: string): Promise<User | null> {
    return this.users
      .createQueryBuilder('user')
      .where('user.usernameKey = :username OR user.emailKey = :email', {
        username: usernameKey(name),
        email: emailKey(name),
      })
      .orderBy(
        'CASE WHEN user.email_key = :email AND user.email_verified_at IS NOT NULL THEN 0 ELSE 1 END',
      )
      .addOrderBy('user.createdAt')
      .limit(1)
      .getOne();
  }

  /**
   * Adds an account. Throws `AppError` 409 `username_taken`, and 422 for a username that is somebody
   * else's address: signing in by that address would lead here.
   */
  async create(tx: EntityManager, user: NewUser): Promise<User> {
    const entity = tx.create(User, {
      ...user,
      username: normalizeUsername(user.username),
      usernameKey: usernameKey(user.username),
      emailKey: emailKey(user.email),
      passwordHash: user.passwordHash ?? unusablePasswordHash(),
    });
    if (isEmail(entity.username) && emailKey(entity.username) !== entity.emailKey) {
      throw AppError.validation([
        {
          field: 'username',
          code: 'username_is_foreign_address',
          message: 'A username that is an email address has to be your own.',
        },
      ]);
    }
    try {
      return await tx.save(entity, { reload: true });
    } catch (error) {
      if (isViolationOf(error, 'users_username_key')) throw usernameTaken();
      throw error;
    }
  }

  /** Changes names; returns the account, or null when it is gone. */
  async updateNames(
    tx: EntityManager,
    id: string,
    names: { firstName?: string; lastName?: string },
  ): Promise<User | null> {
    const given = Object.fromEntries(
      Object.entries({ firstName: names.firstName, lastName: names.lastName }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    if (Object.keys(given).length > 0) await tx.update(User, { id }, given);
    return tx.findOneBy(User, { id });
  }

  /**
   * Notes a sign-in, if the account is still active and still has the password that was checked: both
   * may have changed while it was hashed.
   */
  async recordSignIn(tx: EntityManager, user: User, now: Date): Promise<boolean> {
    const { affected } = await tx.update(
      User,
      { id: user.id, passwordHash: user.passwordHash, isActive: true },
      { lastLoginAt: now },
    );
    return affected === 1;
  }

  /** Stores another hash of the same password, if nothing has replaced the old one. Ends no session. */
  async replaceHash(user: User, passwordHash: string, now: Date): Promise<boolean> {
    const { affected } = await this.users.update(
      { id: user.id, passwordHash: user.passwordHash },
      { passwordHash, passwordRehashedAt: now },
    );
    return affected === 1;
  }

  /** Deletes an account, if it still has the password that was checked. */
  async delete(tx: EntityManager, user: User): Promise<boolean> {
    const { affected } = await tx.delete(User, { id: user.id, passwordHash: user.passwordHash });
    return affected === 1;
  }
}

/** The answer to a username that is in use. Usernames are public, so this may be told. */
export function usernameTaken(): AppError {
  const message = 'A user with that username already exists.';
  return new AppError('username_taken', {
    errors: [{ field: 'username', code: 'username_taken', message }],
  });
}

/** Django's mark of an account without password: it matches nothing and cannot be guessed. */
function unusablePasswordHash(): string {
  return `!${randomBytes(30).toString('base64url')}`;
}

function isViolationOf(error: unknown, constraint: string): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const driver = error.driverError as { code?: string; constraint?: string };
  return driver.code === UNIQUE_VIOLATION && driver.constraint === constraint;
}
