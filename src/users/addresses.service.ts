import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, IsNull, Not, Repository } from 'typeorm';
import { emailKey } from './identifiers.js';
import { User } from './user.entity.js';
import { keepSearchText } from './user-search-texts.js';

/** Maximum number of accounts of one unproven address that a reset email names. */
const MAX_CLAIMS = 50;

/** Whose an email address is: claims, and the one account that has proven it. docs/flows/email.md tells the rules. */
@Injectable()
export class AddressesService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  /** Who has proven to read mail at an address. */
  async findOwnerOf(address: string, tx?: EntityManager): Promise<User | null> {
    return (tx?.getRepository(User) ?? this.users).findOneBy({
      emailKey: emailKey(address),
      emailVerifiedAt: Not(IsNull()),
    });
  }

  /**
   * The active accounts that a forgotten password at this address may belong to: the owner's, which may have none,
   * else those that claim it, the newest first. Strangers who claim it in advance push nobody out.
   * @returns also how many older ones there are
   */
  async findForReset(
    tx: EntityManager,
    address: string,
  ): Promise<{ users: User[]; olderOnes: number }> {
    const owner = await this.findOwnerOf(address, tx);
    if (owner) return { users: owner.isActive ? [owner] : [], olderOnes: 0 };
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

  /** Has others wait who want to prove this address, until the transaction ends. */
  async lock(tx: EntityManager, address: string): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || $1, 1))', [
      emailKey(address),
    ]);
  }

  /**
   * Makes an address the proven one of an account that `lock` returned; others lose their claims to it.
   * The caller has locked the address. Returns the account, and the ids of those that lost a claim; null
   * when somebody else has proven it before.
   */
  async prove(
    tx: EntityManager,
    user: User,
    address: string,
    now: Date,
  ): Promise<{ user: User; losers: string[] } | null> {
    const key = emailKey(address);
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
    const proven = Object.assign(tx.create(User, user), {
      email: address,
      emailKey: key,
      emailVerifiedAt: now,
    });
    await tx.save(proven);
    const losers = rows.map(({ id }) => id);
    const renamed = losers.length === 0 ? [] : await tx.findBy(User, { id: In(losers) });
    await keepSearchText(tx, proven, ...renamed);
    return { user: proven, losers };
  }
}
