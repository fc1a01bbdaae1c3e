import type { KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { CLI } from '../common/cli-name.js';
import { OperatorError } from '../common/operator-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { SealingKeys, UnknownSecret } from '../common/secret-keys.js';
import { AppConfig } from '../platform/config/app-config.js';
import { ChangeFeed } from '../platform/database/change-feed.js';
import { lockUntilEnd } from '../platform/database/advisory-locks.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { LiveCache } from '../platform/database/live-cache.js';
import { createKeyPair, openPrivateKey, openPublicKey, type PublicJwk } from './key-pair.js';
import { SigningKey } from './signing-key.entity.js';

/** The key set is cached as one value. */
const ALL = 'all';
const CLOCK_SKEW = 60_000;

export interface Signer {
  kid: string;
  privateKey: KeyObject;
}

/** A public key as the key set shows it (RFC 7517 section 4). */
export interface PublishedJwk extends PublicJwk {
  kid: string;
  alg: 'ES256';
  use: 'sig';
}

/** A key that tokens may be signed with, as it was when it was read. */
export interface TrustedKey {
  readonly publicKey: KeyObject;
  readonly jwk: PublishedJwk;
  /** When a retired key's last token has expired; undefined while the key is in service. */
  readonly trustedUntil: number | undefined;
}

interface Keys {
  trusted: ReadonlyMap<string, TrustedKey>;
  /** Rejects when it was sealed under another `APP_SECRET`, which only who signs has to know. */
  signer: Promise<Signer>;
}

/**
 * The keys that sign and verify access tokens: the one writer of the signing_keys table, with the
 * present keys in memory. The change feed brings a rotation to every instance.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private readonly sealing: SealingKeys;
  private readonly keys: LiveCache<Keys>;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly config: AppConfig,
    changes: ChangeFeed,
    private readonly audit: AuditService,
  ) {
    this.keys = new LiveCache(changes, {
      topics: { signing_key: 'all' },
      load: () => this.load(),
    });
    this.sealing = new SealingKeys(config, 'signing-keys');
  }

  async onModuleInit(): Promise<void> {
    await this.dataSource.transaction((tx) => this.ensureKeys(tx));
    await this.keys.get(ALL);
  }

  /** The key that signs now. Throws when it was sealed under another `APP_SECRET`. */
  async signer(): Promise<Signer> {
    return (await this.keys.get(ALL)).signer;
  }

  /** The key of a `kid`, or undefined when it is unknown or no longer trusted. */
  async verificationKey(kid: string): Promise<TrustedKey | undefined> {
    const key = (await this.keys.get(ALL)).trusted.get(kid);
    return key && isTrusted(key) ? key : undefined;
  }

  /**
   * Whether `verificationKey` would return this very key again, as far as that is known without asking the
   * database: no key was added, rotated or revoked since.
   */
  isStillTrusted(key: TrustedKey): boolean {
    return this.keys.known(ALL)?.trusted.get(key.jwk.kid) === key && isTrusted(key);
  }

  /** The JSON Web Key Set (RFC 7517) for those who verify our tokens themselves. */
  async jwks(): Promise<{ keys: PublishedJwk[] }> {
    const { trusted } = await this.keys.get(ALL);
    return { keys: [...trusted.values()].filter(isTrusted).map(({ jwk }) => jwk) };
  }

  /** All keys, newest first. */
  async list(): Promise<SigningKey[]> {
    return this.dataSource.manager.find(SigningKey, { order: { createdAt: 'DESC' } });
  }

  /**
   * Retires the active key, activates the next one, which has been published for a while, and makes
   * a new next one. Tokens signed by the retired key stay valid until they expire.
   */
  async rotate(actor: Actor): Promise<Signer['kid']> {
    const now = new Date();
    return this.dataSource.transaction(async (tx) => {
      await lock(tx);
      await tx.update(SigningKey, { state: 'active' }, { state: 'retired', retiredAt: now });
      await tx.update(SigningKey, { state: 'next' }, { state: 'active', activatedAt: now });
      await this.ensureKeys(tx);
      const { id } = await tx.findOneByOrFail(SigningKey, { state: 'active' });
      await this.audit.recordEvent(tx, 'signing_key.rotated', actor, { type: 'signing_key', id });
      return id;
    });
  }

  /**
   * Deletes a key that somebody else may have: what it signed counts no more, at once and everywhere
   * (ATTACKS A67). Was it the one that signs, the next one does. False when there is no such key.
   */
  async revoke(actor: Actor, id: string): Promise<boolean> {
    return this.dataSource.transaction(async (tx) => {
      await lock(tx);
      const key = await tx.findOneBy(SigningKey, { id });
      if (!key) return false;
      await tx.delete(SigningKey, { id });
      if (key.state === 'active') {
        const activatedAt = new Date();
        await tx.update(SigningKey, { state: 'next' }, { state: 'active', activatedAt });
      }
      await this.ensureKeys(tx);
      await this.audit.recordEvent(tx, 'signing_key.revoked', actor, { type: 'signing_key', id });
      return true;
    });
  }

  private async ensureKeys(tx: EntityManager): Promise<void> {
    await lock(tx);
    for (const state of ['active', 'next'] as const) {
      if (await tx.existsBy(SigningKey, { state })) continue;
      const activatedAt = state === 'active' ? new Date() : null;
      await tx.insert(SigningKey, {
        ...(await createKeyPair(this.sealing)),
        state,
        activatedAt,
      });
    }
  }

  private async load(): Promise<Keys> {
    const keys = await this.list();
    const active = keys.find(({ state }) => state === 'active');
    const signer = Promise.resolve().then(() => this.open(active!));
    // Who needs it will see the failure; nobody may ever need it.
    signer.catch(() => undefined);
    return { trusted: new Map(keys.map((key) => [key.id, this.trust(key)])), signer };
  }

  private trust({ id, publicJwk, retiredAt }: SigningKey): TrustedKey {
    return {
      publicKey: openPublicKey(publicJwk),
      jwk: { ...publicJwk, kid: id, alg: 'ES256', use: 'sig' },
      trustedUntil: retiredAt
        ? retiredAt.getTime() + this.config.accessTokenTtl + CLOCK_SKEW
        : undefined,
    };
  }

  private open({ id, sealedPrivateKey }: SigningKey): Signer {
    try {
      return { kid: id, privateKey: openPrivateKey(this.sealing, id, sealedPrivateKey) };
    } catch (cause) {
      if (!(cause instanceof UnknownSecret)) throw cause;
      throw new OperatorError(
        `${cause.message} Without the old one, make new keys with: ${CLI} keys rotate (run it twice), which signs everybody out.`,
        { cause },
      );
    }
  }
}

async function lock(tx: EntityManager): Promise<void> {
  await tx.query(lockUntilEnd('signingKeys'));
}

function isTrusted({ trustedUntil }: TrustedKey): boolean {
  return trustedUntil === undefined || Date.now() < trustedUntil;
}
