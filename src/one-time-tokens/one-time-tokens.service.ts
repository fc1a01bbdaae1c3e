import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import ms, { type StringValue } from 'ms';
import { type EntityManager, In, MoreThan, MoreThanOrEqual, Not, Raw, Repository } from 'typeorm';
import { AppError } from '../http/app-error.js';
import { MacKeys } from '../common/secret-keys.js';
import { hashOfSecret } from '../common/secret-token.js';
import { AppConfig } from '../platform/config/app-config.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { deleteOld } from '../platform/database/delete-old.js';
import { emailKey } from '../users/identifiers.js';
import { OneTimeToken, type TokenPurpose } from './one-time-token.entity.js';

/**
 * How long each kind lives (ASVS 6.5.5, 6.4.1), and whether it is given out again while it has half of its life left.
 * Nothing that is asked for later ends one that is in its owner's mailbox: a stranger can ask as well. Only
 * administrators send invitations, and `InvitationService` ends the ones before.
 */
const KINDS: Record<TokenPurpose, { lifetime: StringValue; isRepeated: boolean }> = {
  prove_email: { lifetime: '24h', isRepeated: true },
  undo_email_change: { lifetime: '7d', isRepeated: false },
  reset_password: { lifetime: '30m', isRepeated: true },
  accept_invitation: { lifetime: '7d', isRepeated: false },
};

/** What a token was issued for. */
export interface TokenClaim {
  userId: string;
  /** The email address it proves. */
  value: string;
}

/** What a token was issued for, and when. */
export interface IssuedClaim extends TokenClaim {
  createdAt: Date;
}

/** A token that still works. */
export interface OpenClaim extends IssuedClaim {
  expiresAt: Date;
}

/**
 * Secrets that are mailed and work once: derived from a random seed with a key of ours, stored as a hash, bound to
 * a purpose, a user and an address. The one writer of their table, beside the triggers that end them when the
 * account changes.
 */
@Injectable()
export class OneTimeTokensService {
  private readonly keys: MacKeys;

  constructor(
    @InjectRepository(OneTimeToken, DATA_SOURCE) private readonly tokens: Repository<OneTimeToken>,
    config: AppConfig,
  ) {
    this.keys = new MacKeys(config, 'one-time-tokens');
  }

  /**
   * A token for a claim (43 characters): the newest that there is, as long as its kind says so, else a new one next
   * to it. The caller has locked the user.
   * @param isNew whether it is a new one in any case
   */
  async issue(
    tx: EntityManager,
    purpose: TokenPurpose,
    claim: TokenClaim,
    { isNew = false } = {},
  ): Promise<string> {
    const lifetime = ms(KINDS[purpose].lifetime);
    const now = Date.now();
    if (KINDS[purpose].isRepeated) {
      await this.endOthers(tx, purpose, claim);
      const token = isNew ? null : await this.findAgain(tx, purpose, claim, now + lifetime / 2);
      if (token !== null) return token;
    }
    const seed = randomUUID();
    const token = this.keys.sign(messageOf(purpose, seed));
    await tx.insert(OneTimeToken, {
      ...claim,
      hash: hashOfSecret(token),
      seed,
      purpose,
      valueKey: emailKey(claim.value),
      createdAt: new Date(now),
      expiresAt: new Date(now + lifetime),
    });
    return token;
  }

  /**
   * What a token was issued for, without using it up. Throws `AppError` 400 `invalid_link`.
   * @param purposes those it may have; undefined: whatever it is for
   */
  async read(
    purposes: TokenPurpose | readonly TokenPurpose[] | undefined,
    token: string,
  ): Promise<IssuedClaim & { purpose: TokenPurpose }> {
    const found = await this.tokens.findOneBy({
      hash: hashOfSecret(token),
      ...(purposes !== undefined && { purpose: In([purposes].flat()) }),
      expiresAt: MoreThan(new Date()),
    });
    if (!found) throw new AppError('invalid_link');
    return found;
  }

  /**
   * Uses a token up, in one statement: of requests that come at once, exactly one gets the claim. Throws
   * `AppError` 400 `invalid_link` for one that is unknown, used, expired, dead or for another purpose.
   */
  async consume(tx: EntityManager, purpose: TokenPurpose, token: string): Promise<IssuedClaim> {
    const [rows] = await tx.query<[IssuedClaim[], number]>(
      `DELETE FROM one_time_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3
       RETURNING user_id AS "userId", value, created_at AS "createdAt"`,
      [hashOfSecret(token), purpose, new Date()],
    );
    if (!rows[0]) throw new AppError('invalid_link');
    return rows[0];
  }

  /** Ends the tokens of a purpose of a user, or those issued at a time and later. */
  async endAll(
    tx: EntityManager,
    purpose: TokenPurpose,
    userId: string,
    { since }: { since?: Date } = {},
  ): Promise<void> {
    await tx.delete(OneTimeToken, {
      purpose,
      userId,
      ...(since && { createdAt: MoreThanOrEqual(since) }),
    });
  }

  /** Ends the tokens of all users; returns how many. */
  async endAllOfAllUsers(tx: EntityManager): Promise<number> {
    const [, count] = await tx.query<[unknown, number]>('DELETE FROM one_time_tokens');
    return count;
  }

  /** The earliest token of a purpose of a user that still proves an address, or null. */
  async findOpen(
    tx: EntityManager,
    purpose: TokenPurpose,
    { userId, value }: TokenClaim,
  ): Promise<OpenClaim | null> {
    return tx.findOne(OneTimeToken, {
      where: { purpose, userId, valueKey: emailKey(value), expiresAt: MoreThan(new Date()) },
      order: { createdAt: 'ASC' },
    });
  }

  /** Whether a user has a token of any purpose that still works, by the database's clock. */
  async hasOpen(tx: EntityManager, userId: string): Promise<boolean> {
    return tx.existsBy(OneTimeToken, { userId, expiresAt: Raw((at) => `${at} > now()`) });
  }

  /** Ends what others could still prove an address with. */
  async endForeignProofs(tx: EntityManager, address: string, owner: string): Promise<void> {
    await tx.delete(OneTimeToken, {
      purpose: 'prove_email',
      valueKey: emailKey(address),
      userId: Not(owner),
    });
  }

  /** Who asks for another address has given up the one before. */
  private async endOthers(tx: EntityManager, purpose: TokenPurpose, { userId, value }: TokenClaim) {
    await tx.delete(OneTimeToken, { userId, purpose, valueKey: Not(emailKey(value)) });
  }

  /** The newest token of a claim, if it lives on until a time. */
  private async findAgain(
    tx: EntityManager,
    purpose: TokenPurpose,
    { userId, value }: TokenClaim,
    until: number,
  ): Promise<string | null> {
    const newest = await tx.findOne(OneTimeToken, {
      where: { purpose, userId, valueKey: emailKey(value), expiresAt: MoreThan(new Date(until)) },
      order: { createdAt: 'DESC' },
    });
    // After a change of APP_SECRET the seed leads to another token.
    const tokens = newest ? this.keys.signByAll(messageOf(purpose, newest.seed)) : [];
    return tokens.find((token) => hashOfSecret(token) === newest?.hash) ?? null;
  }

  /** Deletes expired tokens; returns how many. */
  async purge(): Promise<number> {
    return deleteOld(this.tokens.manager.dataSource, 'one_time_tokens', 'expires_at <= now()');
  }
}

function messageOf(purpose: TokenPurpose, seed: string): string {
  return `${purpose}:${seed}`;
}
