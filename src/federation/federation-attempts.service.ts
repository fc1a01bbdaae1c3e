import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import ms from 'ms';
import { type EntityManager, Repository } from 'typeorm';
import { AppError } from '../http/app-error.js';
import { SealingKeys, UnknownSecret } from '../common/secret-keys.js';
import { boundToId, type SealedColumn } from '../common/sealed-column.js';
import { hashOfSecret, newSecretToken } from '../common/secret-token.js';
import { AppConfig } from '../platform/config/app-config.js';
import { DATA_SOURCE } from '../platform/database/data-source.js';
import { deleteOld } from '../platform/database/delete-old.js';
import { FederationAttempt, type FederationPurpose } from './federation-attempt.entity.js';

/** How long somebody may be at the provider. */
const LIFETIME = ms('10m');

/** What an attempt is begun with. */
export interface NewAttempt {
  provider: string;
  issuer: string;
  purpose: FederationPurpose;
  redirectUri: string;
  userId?: string | undefined;
  sessionId?: string | undefined;
  next?: string | undefined;
  /** Of the browser that begins it: all attempts of a browser have the same one. A program gets one for each attempt. */
  handle?: string | undefined;
}

/** What a browser adds to its attempt. */
export type AttemptOfBrowser = Pick<NewAttempt, 'next' | 'handle'>;

/** What only the provider (`state`, `nonce`), who began (`handle`) and we (`verifier`) know. */
export interface AttemptSecrets {
  state: string;
  nonce: string;
  verifier: string;
}

/** An attempt that was answered. */
export interface AnsweredAttempt extends AttemptSecrets {
  issuer: string;
  purpose: FederationPurpose;
  userId: string | null;
  sessionId: string | null;
  redirectUri: string;
  next: string | null;
  createdAt: Date;
}

type Row = Omit<AnsweredAttempt, keyof AttemptSecrets> & { sealedSecrets: string };

/** Where the secrets of attempts are sealed. */
export const SEALED_ATTEMPTS: SealedColumn = {
  purpose: 'federation-attempts',
  what: 'sign-ins with a provider that have begun',
  table: 'federation_attempts',
  id: 'state_hash',
  column: 'sealed_secrets',
  boundTo: [],
  partsOf: boundToId('state_hash', 'sealed_secrets'),
};

/** Sign-ins with a provider that are under way. The one writer of its table. */
@Injectable()
export class FederationAttemptsService {
  private readonly keys: SealingKeys;

  constructor(
    @InjectRepository(FederationAttempt, DATA_SOURCE)
    private readonly attempts: Repository<FederationAttempt>,
    config: AppConfig,
  ) {
    this.keys = new SealingKeys(config, 'federation-attempts');
  }

  /** @returns also in how many seconds it expires */
  async begin({
    handle = newSecretToken(),
    ...attempt
  }: NewAttempt): Promise<{ handle: string; expiresIn: number; secrets: AttemptSecrets }> {
    const [state, nonce, verifier] = Array.from({ length: 3 }, newSecretToken) as [
      string,
      string,
      string,
    ];
    const stateHash = hashOfSecret(state);
    const now = new Date();
    await this.attempts.insert({
      ...attempt,
      stateHash,
      handleHash: hashOfSecret(handle),
      sealedSecrets: this.keys.seal(JSON.stringify({ nonce, verifier }), stateHash),
      createdAt: now,
      expiresAt: new Date(now.getTime() + LIFETIME),
    });
    return { handle, expiresIn: LIFETIME / 1000, secrets: { state, nonce, verifier } };
  }

  /**
   * Ends an attempt with its answer, in one statement: of answers that come at once, exactly one gets it. Who
   * does not hold the handle cannot end it either (ATTACKS A36). Throws `AppError` 400
   * `federation_attempt_invalid` for one that is unknown, answered, expired, begun elsewhere, with another
   * provider or for another purpose.
   */
  async consume(
    provider: string,
    state: string,
    handle: string,
    purposes: readonly FederationPurpose[],
  ): Promise<AnsweredAttempt> {
    const stateHash = hashOfSecret(state);
    const [rows] = await this.attempts.query<[Row[], number]>(
      `DELETE FROM federation_attempts
       WHERE state_hash = $1 AND handle_hash = $2 AND provider = $3 AND purpose = ANY($4)
         AND expires_at > $5
       RETURNING issuer, purpose, user_id AS "userId", session_id AS "sessionId",
                 sealed_secrets AS "sealedSecrets", redirect_uri AS "redirectUri", next,
                 created_at AS "createdAt"`,
      [stateHash, hashOfSecret(handle), provider, purposes, new Date()],
    );
    if (!rows[0]) throw new AppError('federation_attempt_invalid');
    const { sealedSecrets, ...attempt } = rows[0];
    const secrets = JSON.parse(this.open(sealedSecrets, stateHash)) as Omit<
      AttemptSecrets,
      'state'
    >;
    return { ...attempt, state, ...secrets };
  }

  private open(sealedSecrets: string, stateHash: string): string {
    try {
      return this.keys.open(sealedSecrets, stateHash, 'This sign-in');
    } catch (cause) {
      if (cause instanceof UnknownSecret)
        throw new AppError('federation_attempt_invalid', { cause });
      throw cause;
    }
  }

  /** Ends what an account has begun: connecting an identity, and signing in again. */
  async endAll(tx: EntityManager, userId: string): Promise<void> {
    await tx.delete(FederationAttempt, { userId });
  }

  /** Ends the attempts of all visitors and accounts. */
  async endAllOfAllUsers(tx: EntityManager): Promise<void> {
    await tx.query('DELETE FROM federation_attempts');
  }

  /** Deletes those that expired; returns how many. */
  async purge(): Promise<number> {
    return deleteOld(
      this.attempts.manager.dataSource,
      'federation_attempts',
      'expires_at <= now()',
    );
  }
}
