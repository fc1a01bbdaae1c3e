import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import ms, { type StringValue } from 'ms';
import {
  type EntityManager,
  LessThanOrEqual,
  MoreThan,
  MoreThanOrEqual,
  Not,
  Repository,
} from 'typeorm';
import { AppError } from '../common/app-error.js';
import { hashOfSecret, newSecretToken } from '../common/secret-token.js';
import { emailKey } from '../users/identifiers.js';
import { OneTimeToken, type TokenPurpose } from './one-time-token.entity.js';

/** How long each kind lives, and whether a newer one replaces it (ASVS 6.5.5, 6.4.1). */
const KINDS: Record<TokenPurpose, { lifetime: StringValue; isReplaced: boolean }> = {
  prove_email: { lifetime: '24h', isReplaced: true },
  // A thief who changes the address twice must not take the first owner's way back away.
  undo_email_change: { lifetime: '7d', isReplaced: false },
  reset_password: { lifetime: '30m', isReplaced: true },
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

/**
 * Secrets that are mailed and work once: random, stored as a hash, bound to a purpose, a user and an
 * address. The one writer of their table, beside the triggers that end them when the account changes.
 */
@Injectable()
export class OneTimeTokensService {
  constructor(@InjectRepository(OneTimeToken) private readonly tokens: Repository<OneTimeToken>) {}

  /** A new token (43 characters). Older ones of the same purpose and user are dead, as far as their kind says so. */
  async issue(tx: EntityManager, purpose: TokenPurpose, claim: TokenClaim): Promise<string> {
    const { lifetime, isReplaced } = KINDS[purpose];
    const token = newSecretToken();
    const now = new Date();
    if (isReplaced) await tx.delete(OneTimeToken, { userId: claim.userId, purpose });
    await tx.insert(OneTimeToken, {
      ...claim,
      hash: hashOfSecret(token),
      purpose,
      valueKey: emailKey(claim.value),
      createdAt: now,
      expiresAt: new Date(now.getTime() + ms(lifetime)),
    });
    return token;
  }

  /**
   * What a token was issued for, without using it up. Throws `AppError` 400 `invalid_link`.
   * @param purpose undefined: whatever it is for
   */
  async read(
    purpose: TokenPurpose | undefined,
    token: string,
  ): Promise<IssuedClaim & { purpose: TokenPurpose }> {
    const found = await this.tokens.findOneBy({
      hash: hashOfSecret(token),
      ...(purpose !== undefined && { purpose }),
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

  /** The earliest token of a purpose of a user that still proves an address, or null. */
  async findOpen(
    tx: EntityManager,
    purpose: TokenPurpose,
    { userId, value }: TokenClaim,
  ): Promise<IssuedClaim | null> {
    return tx.findOne(OneTimeToken, {
      where: { purpose, userId, valueKey: emailKey(value), expiresAt: MoreThan(new Date()) },
      order: { createdAt: 'ASC' },
    });
  }

  /** Whether a user has a token of any purpose that still works. */
  async hasOpen(tx: EntityManager, userId: string, now: Date): Promise<boolean> {
    return tx.existsBy(OneTimeToken, { userId, expiresAt: MoreThan(now) });
  }

  /** Ends what others could still prove an address with. */
  async endForeignProofs(tx: EntityManager, address: string, owner: string): Promise<void> {
    await tx.delete(OneTimeToken, {
      purpose: 'prove_email',
      valueKey: emailKey(address),
      userId: Not(owner),
    });
  }

  /** Deletes expired tokens; returns how many. */
  async purge(now: Date): Promise<number> {
    const { affected } = await this.tokens.delete({ expiresAt: LessThanOrEqual(now) });
    return affected ?? 0;
  }
}
