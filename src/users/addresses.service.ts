import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, Not, Repository } from 'typeorm';
import { lockOfText } from '../platform/database/advisory-locks.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { type Admission, assertAdmitted } from './admission.js';
import {
  isNamedByAddress,
  type Renamed,
  renameHoldersOf,
  usernameAfterProof,
} from './address-usernames.js';
import { emailKey, usernameKey } from './identifiers.js';
import { User } from './user.entity.js';
import { keepSearchText } from './user-search-texts.js';
import { keepSkeleton } from './username-skeletons.js';
import { hasUsernames, named } from './usernames.js';

/** Maximum number of accounts of one unproven address that a reset email names. */
const MAX_CLAIMS = 50;

/** An address that was proven. */
export interface ProvenAddress {
  user: User;
  /** The ids of accounts that lost a claim to it. */
  losers: string[];
  /** Accounts whose username it was. */
  renamed: Renamed[];
}

/** Whose an email address is: claims, and the one account that has proven it. docs/flows/email.md tells the rules. */
@Injectable()
export class AddressesService {
  constructor(@InjectRepository(User, DATA_SOURCE) private readonly users: Repository<User>) {}

  /** Who has proven to read mail at an address. */
  async findOwnerOf(address: string, tx?: EntityManager): Promise<User | null> {
    return (tx?.getRepository(User) ?? this.users).findOneBy({
      emailKey: emailKey(address),
      emailVerifiedAt: Not(IsNull()),
    });
  }

  /** The accounts whose address it is, proven or not. */
  async findClaims(address: string): Promise<User[]> {
    return address === '' ? [] : this.users.findBy({ emailKey: emailKey(address) });
  }

  /**
   * The active accounts that a forgotten password at this address may belong to: the owner's, which may have none,
   * else those that claim it, the newest first. Strangers who claim it in advance push nobody out. Without usernames a
   * claim counts for nothing here: several accounts could not be told apart.
   * @returns also how many older ones there are
   */
  async findForReset(
    tx: EntityManager,
    address: string,
  ): Promise<{ users: User[]; olderOnes: number }> {
    const owner = await this.findOwnerOf(address, tx);
    if (owner) return { users: owner.isActive ? [owner] : [], olderOnes: 0 };
    if (!hasUsernames()) return { users: [], olderOnes: 0 };
    const [users, count] = await tx
      .createQueryBuilder(User, 'user')
      .where('user.emailKey = :key AND user.isActive', { key: emailKey(address) })
      .andWhere(`(user.passwordHash NOT LIKE '!%' OR user.invitedAt IS NOT NULL)`)
      .orderBy('user.createdAt', 'DESC')
      .addOrderBy('user.id')
      .limit(MAX_CLAIMS)
      .getManyAndCount();
    return { users, olderOnes: count - users.length };
  }

  /** Makes other proofs of this address wait until the transaction ends. */
  async lockAddress(tx: EntityManager, address: string): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock(${lockOfText('address', '$1')})`, [
      emailKey(address),
    ]);
  }

  /**
   * Makes an address the proven one of an account that `lockUser` returned. Others lose their claims to it, and
   * usernames that are this address. The username of an account that was named by its old address moves along. The
   * caller has locked the address. Returns null when another account has proven it before.
   * @param admission of an address that is another one than the account has
   */
  async setProvenAddress(
    tx: EntityManager,
    user: User,
    address: string,
    now: Date,
    admission?: Admission,
  ): Promise<ProvenAddress | null> {
    const key = emailKey(address);
    if (key !== user.emailKey) assertAdmitted(admission, address);
    const isTaken = await tx.existsBy(User, {
      id: Not(user.id),
      emailKey: key,
      emailVerifiedAt: Not(IsNull()),
    });
    if (isTaken) return null;
    const [rows] = await tx.query<[{ id: string }[], number]>(
      `UPDATE users SET email = '', email_key = '' WHERE email_key = $1 AND id <> $2 RETURNING id`,
      [key, user.id],
    );
    const losers = rows.map(({ id }) => id);
    if (losers.length > 0) await keepSearchText(tx, ...(await tx.findBy(User, { id: In(losers) })));
    const renamed = hasUsernames() ? await renameHoldersOf(tx, user, address) : [];
    const moves = hasUsernames() && key !== user.emailKey && isNamedByAddress(user);
    const username = moves ? await usernameAfterProof(tx, user, address) : user.username;
    const proven = Object.assign(tx.create(User, user), {
      username,
      usernameKey: moves ? usernameKey(username) : user.usernameKey,
      email: address,
      emailKey: key,
      emailVerifiedAt: now,
    });
    named(await tx.save(proven));
    if (moves) await keepSkeleton(tx, user.id, username);
    await keepSearchText(tx, proven);
    return { user: proven, losers, renamed };
  }
}
