import type { KeyObject } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { deriveKey } from '../common/crypto.js';
import type { Actor } from '../common/current-actor.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../database/change-feed.js';
import { createKeyPair, openPrivateKey, openPublicKey, type PublicJwk } from './key-pair.js';
import { SigningKey } from './signing-key.entity.js';

const TOPIC = 'signing_key';
/** Only one instance creates or rotates keys at a time. */
const KEYS_LOCK = 0x6a7e_0004;
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

interface TrustedKey {
  publicKey: KeyObject;
  jwk: PublishedJwk;
  /** When a retired key's last token has expired; undefined while the key is in service. */
  trustedUntil: number | undefined;
}

/**
 * The keys that sign and verify access tokens: the one writer of the signing_keys table, with the
 * present keys in memory. The change feed brings a rotation to every instance.
 */
@Injectable()
export class SigningKeysService implements OnModuleInit {
  private readonly sealingKey: Buffer;
  private trusted = new Map<string, TrustedKey>();
  private current: Promise<Signer> | undefined;
  private running: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;
  /** Set by every change, cleared by the load that has seen it: a load that failed is made up for. */
  private isStale = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly config: AppConfig,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditService,
  ) {
    this.sealingKey = deriveKey(config.appSecret, 'signing-keys');
  }

  async onModuleInit(): Promise<void> {
    await this.dataSource.transaction((tx) => this.ensureKeys(tx));
    const reload = () => {
      this.isStale = true;
      void this.reload().catch(() => undefined);
    };
    this.changes.subscribe(TOPIC, reload);
    this.changes.onGap(reload);
    await this.reload();
  }

  /** The key that signs now. Throws when it was sealed under another `APP_SECRET`. */
  async signer(): Promise<Signer> {
    await this.refreshIfNeeded();
    return this.current!;
  }

  /** The public key of a `kid`, or undefined when it is unknown or no longer trusted. */
  async verificationKey(kid: string): Promise<KeyObject | undefined> {
    await this.refreshIfNeeded();
    const key = this.trusted.get(kid);
    return key && isTrusted(key) ? key.publicKey : undefined;
  }

  /** The JSON Web Key Set (RFC 7517) for those who verify our tokens themselves. */
  async jwks(): Promise<{ keys: PublishedJwk[] }> {
    await this.refreshIfNeeded();
    return { keys: [...this.trusted.values()].filter(isTrusted).map(({ jwk }) => jwk) };
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
      await this.audit.record(tx, 'signing_key.rotated', actor, { type: 'signing_key', id });
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
      await this.audit.record(tx, 'signing_key.revoked', actor, { type: 'signing_key', id });
      return true;
    });
  }

  private async ensureKeys(tx: EntityManager): Promise<void> {
    await lock(tx);
    for (const state of ['active', 'next'] as const) {
      if (await tx.existsBy(SigningKey, { state })) continue;
      const activatedAt = state === 'active' ? new Date() : null;
      await tx.insert(SigningKey, {
        ...(await createKeyPair(this.sealingKey)),
        state,
        activatedAt,
      });
    }
  }

  private async refreshIfNeeded(): Promise<void> {
    if (this.isStale || !this.changes.isLive) await this.reload();
  }

  /** A load that has begun may have read before the change: all who ask meanwhile share the next one. */
  private reload(): Promise<void> {
    this.queued ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.queued = undefined;
        this.running = this.load();
        return this.running;
      });
    return this.queued;
  }

  private async load(): Promise<void> {
    this.isStale = false;
    const keys = await this.list().catch((error: unknown) => {
      this.isStale = true;
      throw error;
    });
    this.trusted = new Map(keys.map((key) => [key.id, this.trust(key)]));
    const active = keys.find(({ state }) => state === 'active');
    this.current = Promise.resolve().then(() => this.open(active!));
    // Who needs it will see the failure; nobody may ever need it.
    this.current.catch(() => undefined);
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
      return { kid: id, privateKey: openPrivateKey(this.sealingKey, id, sealedPrivateKey) };
    } catch (cause) {
      throw new Error(
        'The signing key in the database was encrypted under another APP_SECRET. Set the old APP_SECRET again, or make new keys with: npm run cli -- keys rotate (run it twice), which signs everybody out.',
        { cause },
      );
    }
  }
}

async function lock(tx: EntityManager): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1)', [KEYS_LOCK]);
}

function isTrusted({ trustedUntil }: TrustedKey): boolean {
  return trustedUntil === undefined || Date.now() < trustedUntil;
}
