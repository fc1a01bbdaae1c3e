import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import sql from 'sql-template-tag';
import { type EntityManager, Not, Repository } from 'typeorm';
import { AppError } from '../http/app-error.js';
import type { Principal } from '../access/principal.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { isUniqueViolation } from '../platform/database/unique-violation.js';
import { Brand } from '../platform/brand/brand.js';
import { AppConfig } from '../platform/config/app-config.js';
import { takenValueError } from '../platform/database/taken-value.js';
import { EntityColumns } from '../platform/database/entity-columns.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { type Admission, assertAdmitted } from './admission.js';
import { isForeignAddress, isNamedByAddress, usernameOfAddress } from './address-usernames.js';
import { emailKey, normalizeUsername, usernameKey } from './identifiers.js';
import { lockUntilEnd } from '../platform/database/advisory-locks.js';
import { ReservedUsernames } from './reserved-usernames.js';
import { searchedText } from './search-form.js';
import { unusablePasswordHash } from './unusable-password.js';
import { userFieldNames } from './user-field.decorator.js';
import { User } from './user.entity.js';
import { keepSearchText } from './user-search-texts.js';
import { userOfSignInName } from './users.sql.js';
import { assertAddressesAreProven, hasUsernames, named, placeholderUsername } from './usernames.js';
import { hasLookAlike, keepSkeleton } from './username-skeletons.js';

const TAKEN = 'A user with that username already exists.';
const LOOKS_TAKEN = 'A user with a username that looks like this one already exists.';

/** What can be told about an account from outside. `passwordHash` left out: no usable password. Accounts have a username if the application has usernames. */
export interface NewUser extends UserFields {
  email: string;
  passwordHash?: string;
}

/** The fields of an account that people change, those of the host included. */
export interface UserFields {
  username?: string;
  email?: string;
  firstName?: string;
  lastName?: string;
  isActive?: boolean;
  isSuperuser?: boolean;
}

/** The writer of the users table, beside `AddressesService` for proven addresses. Methods that take `tx` take part in the caller's transaction. */
@Injectable()
export class UsersService {
  /**
   * For statements of others that join `users u`.
   * @internal
   */
  readonly columns: EntityColumns<User>;
  private readonly reserved: ReservedUsernames;

  constructor(
    @InjectRepository(User, DATA_SOURCE) private readonly users: Repository<User>,
    config: AppConfig,
    brand: Brand,
  ) {
    assertAddressesAreProven(config);
    this.reserved = new ReservedUsernames([brand.name, ...config.reservedUsernames]);
    this.columns = new EntityColumns(users, 'u');
  }

  async findById(id: string, tx?: EntityManager): Promise<User | null> {
    return (tx?.getRepository(User) ?? this.users).findOneBy({ id });
  }

  /** Why a username cannot be had: it is taken, or looks like one that is. Nothing is said if it is free. */
  async refusalOfUsername(username: string, ownerId?: string): Promise<AppError | undefined> {
    const isTaken = await this.users.existsBy({
      usernameKey: usernameKey(username),
      ...(ownerId && { id: Not(ownerId) }),
    });
    if (isTaken) return usernameTaken(TAKEN);
    const hasLike = await hasLookAlike(this.users.manager, username, ownerId);
    return hasLike ? usernameTaken(LOOKS_TAKEN) : undefined;
  }

  /**
   * Why a visitor cannot have a username: it is reserved, or as `refusalOfUsername`. Administrators and operators may
   * give reserved ones.
   * @param owner the account that it is for, which may write its own name in another way
   */
  async refusalOfChosenUsername(
    username: string,
    owner?: Pick<Principal, 'userId' | 'username'>,
  ): Promise<AppError | undefined> {
    if (owner && usernameKey(owner.username) === usernameKey(username)) return undefined;
    if (this.reserved.has(username)) return usernameReserved();
    return this.refusalOfUsername(username, owner?.userId);
  }

  /**
   * The account that someone means who signs in with this name: see `userOfSignInName`.
   * @internal
   */
  async findForSignIn(name: string, accountId?: string): Promise<User | null> {
    const [row] = await runPrepared(
      this.users.manager,
      'users_of_sign_in_name',
      sql`SELECT ${this.columns.list} FROM (${userOfSignInName(name, accountId)}) AS u`,
    );
    return row ? this.columns.read(row) : null;
  }

  /** An account that nobody else changes until the transaction ends. */
  async lockUser(tx: EntityManager, id: string): Promise<User | null> {
    return tx.findOne(User, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /**
   * Adds an account. Throws `AppError` 409 `username_taken`, 422 for a username that is somebody
   * else's address (signing in by that address would lead here), and 422 for a user field whose value is taken.
   * @param admission of the address: `RegistrationRules.admit()`
   */
  async create(tx: EntityManager, user: NewUser, admission: Admission): Promise<User> {
    assertAdmitted(admission, user.email);
    const username = hasUsernames() ? user.username! : placeholderUsername();
    const entity = tx.create(User, {
      ...user,
      ...identifiersOf({ ...user, username }),
      passwordHash: user.passwordHash ?? unusablePasswordHash(),
    });
    assertOwnAddress(entity);
    const created = await this.save(tx, entity);
    await keepSearchText(tx, created);
    if (!(await keepSkeleton(tx, created.id, username))) throw usernameTaken(LOOKS_TAKEN);
    return created;
  }

  /**
   * Changes an account that `lockUser` returned, and returns it as it is then. Another address is a claim
   * that nobody has verified, and whose owner is not invited; a username that was the old one becomes it. Throws `AppError`
   * 409 `username_taken` and `last_superuser`, and 422 as
   * `create` does.
   * @param options `keepsFormerUsername`: no other account can take the old username or one that looks like it, until
   * this one is changed again. `admission`: of another address, without which it is not written
   */
  async updateUser(
    tx: EntityManager,
    user: User,
    fields: UserFields,
    {
      keepsFormerUsername = false,
      admission,
    }: { keepsFormerUsername?: boolean; admission?: Admission | undefined } = {},
  ): Promise<User> {
    const given = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined),
    ) as UserFields;
    if (hasUsernames() && movesAlong(user, given)) given.username = usernameInPlaceOf(given.email!);
    const changed = Object.assign(tx.create(User, user), given, identifiersOf(given));
    if (changed.emailKey !== user.emailKey) {
      assertAdmitted(admission, changed.email);
      changed.emailVerifiedAt = null;
      changed.invitedAt = null;
    }
    if (given.username !== undefined || given.email !== undefined) assertOwnAddress(changed);
    if (isActiveSuperuser(user) && !isActiveSuperuser(changed)) {
      await this.keepAnotherSuperuser(tx, user);
    }
    const saved = await this.save(tx, changed);
    if (searchedText(saved) !== searchedText(user)) await keepSearchText(tx, saved);
    if (hasUsernames() && saved.username !== user.username) {
      const former = keepsFormerUsername ? user.username : undefined;
      if (!(await keepSkeleton(tx, saved.id, saved.username, former))) {
        throw usernameTaken(LOOKS_TAKEN);
      }
    }
    return saved;
  }

  /**
   * Stores another hash of the same password, if nothing has replaced the old one. Ends no session.
   * @internal
   */
  async replaceHash(user: User, passwordHash: string, now: Date): Promise<boolean> {
    const { affected } = await this.users.update(
      { id: user.id, passwordHash: user.passwordHash },
      { passwordHash, passwordRehashedAt: now },
    );
    return affected === 1;
  }

  /**
   * Stores the hash of another password. Triggers end the user's sessions and rows of wrong passwords.
   * @internal
   */
  async setPassword(tx: EntityManager, id: string, passwordHash: string): Promise<void> {
    await tx.update(User, { id }, { passwordHash });
  }

  /**
   * Records that the owner of an account was invited; returns the account.
   * @internal
   */
  async recordInvitation(tx: EntityManager, user: User, now: Date): Promise<User> {
    await tx.update(User, { id: user.id }, { invitedAt: now });
    return Object.assign(tx.create(User, user), { invitedAt: now });
  }

  /**
   * Notes a recovery: browsers that were known until now are unknown from now on.
   * @internal
   */
  async forgetBrowsers(tx: EntityManager, id: string, now: Date): Promise<void> {
    await tx.update(User, { id }, { recoveredAt: now });
  }

  /**
   * Deletes an account that `lockUser` returned. Throws `AppError` 409 `last_superuser`.
   * @internal
   */
  async delete(tx: EntityManager, user: User): Promise<void> {
    if (isActiveSuperuser(user)) await this.keepAnotherSuperuser(tx, user);
    await tx.delete(User, { id: user.id });
  }

  /** Whether an account is the only active superuser, whom nobody can take away. */
  async isLastSuperuser(user: User): Promise<boolean> {
    return isActiveSuperuser(user) && !(await hasOtherSuperuser(this.users.manager, user));
  }

  private async save(tx: EntityManager, user: User): Promise<User> {
    try {
      return named(await tx.save(user, { reload: true }));
    } catch (error) {
      if (isUniqueViolation(error, 'users_username_key')) throw usernameTaken(TAKEN);
      throw takenValueError(error, tx.getRepository(User), userFieldNames()) ?? error;
    }
  }

  /** Of two who leave at once, the second finds the first gone. */
  private async keepAnotherSuperuser(tx: EntityManager, leaving: User): Promise<void> {
    // Serialises removals of superusers, so that two at once cannot both leave none.
    await tx.query(lockUntilEnd('superusers'));
    if (!(await hasOtherSuperuser(tx, leaving))) throw new AppError('last_superuser');
  }
}

/** Usernames are public, so this may be told. */
function usernameTaken(message: string): AppError {
  return new AppError('username_taken', {
    errors: [{ field: 'username', code: 'username_taken', message }],
  });
}

function usernameReserved(): AppError {
  return AppError.validation([
    {
      field: 'username',
      code: 'username_reserved',
      message: 'This username is reserved. Choose another one.',
    },
  ]);
}

function assertOwnAddress(user: User): void {
  if (!hasUsernames() || !isForeignAddress(user)) return;
  throw AppError.validation([
    {
      field: 'username',
      code: 'username_is_foreign_address',
      message: 'A username that is an email address has to be the account’s own.',
    },
  ]);
}

/** Whether a change of address is one of the username as well: it was the address, and no other one is given. */
function movesAlong(user: User, { username, email }: UserFields): boolean {
  const isOther = email !== undefined && emailKey(email) !== user.emailKey;
  const stays = username === undefined || usernameKey(username) === user.usernameKey;
  return isOther && stays && isNamedByAddress(user);
}

function usernameInPlaceOf(address: string): string {
  const username = usernameOfAddress(address);
  if (username !== undefined) return username;
  throw AppError.validation([
    {
      field: 'username',
      code: 'username_is_foreign_address',
      message:
        'The username of this account is its address, and the new address cannot be a username. Give another username as well.',
    },
  ]);
}

function isActiveSuperuser({ isActive, isSuperuser }: User): boolean {
  return isActive && isSuperuser;
}

function hasOtherSuperuser(tx: EntityManager, { id }: User): Promise<boolean> {
  return tx.existsBy(User, { id: Not(id), isActive: true, isSuperuser: true });
}

/** The stored forms of a username and an address, as far as they are given. */
function identifiersOf({ username, email }: UserFields): Partial<User> {
  return {
    ...(username !== undefined && {
      username: normalizeUsername(username),
      usernameKey: usernameKey(username),
    }),
    ...(email !== undefined && { emailKey: emailKey(email) }),
  };
}
