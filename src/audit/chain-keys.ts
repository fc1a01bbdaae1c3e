import type { KeyObject } from 'node:crypto';
import { equalSecrets, mac } from '../common/crypto.js';
import { macKeyOf } from '../common/secret-keys.js';
import type { AppConfig } from '../platform/config/app-config.js';

type Part = string | number | null | undefined;

/** A key of the audit chain, derived from an `APP_SECRET`. */
export class ChainKey {
  /** Names the key and reveals nothing about it. */
  readonly id: string;
  private readonly key: KeyObject;

  constructor(secret: string) {
    this.key = macKeyOf(secret, 'audit-chain');
    this.id = mac(this.key, 'key id').slice(0, 16);
  }

  /** Signs a list of values: two different lists never give the same message. */
  sign(...parts: Part[]): string {
    return mac(this.key, JSON.stringify(parts));
  }

  /** Signs a plain text, as version 0.1 did. */
  signText(text: string): string {
    return mac(this.key, text);
  }

  hasSigned(signature: string | undefined, ...parts: Part[]): boolean {
    return signature !== undefined && equalSecrets(this.sign(...parts), signature);
  }
}

/** The keys of `APP_SECRET` and `APP_SECRET_PREVIOUS`. */
export class ChainKeys {
  /** Seals; the others only verify. */
  readonly current: ChainKey;
  private readonly keys: ChainKey[];

  constructor({ appSecret, previousAppSecrets }: AppConfig) {
    this.current = new ChainKey(appSecret);
    this.keys = [this.current, ...previousAppSecrets.map((secret) => new ChainKey(secret))];
  }

  /** Returns undefined for a key of a secret that the configuration does not hold. */
  find(id: string | undefined): ChainKey | undefined {
    return this.keys.find((key) => key.id === id);
  }

  /** Whether one of the keys made this signature. */
  haveSigned(signature: string, ...parts: Part[]): boolean {
    return this.keys.some((key) => key.hasSigned(signature, ...parts));
  }
}
