import type { KeyObject } from 'node:crypto';
import { CLI } from './cli-name.js';
import { deriveKey, deriveMacKey, equalSecrets, mac, seal, unseal } from './crypto.js';

/**
 * Everything that keys are derived for from `APP_SECRET`; a key serves one purpose. docs/operations.md says what
 * becomes of each when the secret changes, and test/secret-rotation/secret-rotation.test.ts tries it.
 */
export const KEY_PURPOSES = [
  'audit-chain',
  'browser-seals',
  'federation-attempts',
  'identity-providers',
  'known-networks',
  'limits',
  'mails',
  'one-time-tokens',
  'page-cookies',
  'password-failures',
  'refresh-tokens',
  'signing-keys',
] as const;

export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** The secrets of an installation. */
export interface AppSecrets {
  readonly appSecret: string;
  /** Secrets that are accepted as well, and make nothing. */
  readonly previousAppSecrets: readonly string[];
}

/** A value was made under a secret that the configuration does not hold, or was changed. */
export class UnknownSecret extends Error {
  /** @param what what cannot be read, as the subject of a sentence */
  constructor(what: string, options?: ErrorOptions) {
    super(
      `${what} was encrypted under another APP_SECRET, or changed. Set APP_SECRET_PREVIOUS to that one. To see everything that cannot be read, run: ${CLI} check`,
      options,
    );
  }
}

/** A key for signatures of one purpose under one secret. */
export function macKeyOf(secret: string, purpose: KeyPurpose): KeyObject {
  return deriveMacKey(secret, purpose);
}

/** The keys for signatures of one purpose: the current one signs, the previous ones are accepted. */
export class MacKeys {
  private readonly current: KeyObject;
  private readonly previous: readonly KeyObject[];

  constructor({ appSecret, previousAppSecrets }: AppSecrets, purpose: KeyPurpose) {
    this.current = macKeyOf(appSecret, purpose);
    this.previous = previousAppSecrets.map((secret) => macKeyOf(secret, purpose));
  }

  /** Whether a previous secret is still accepted. */
  get hasPrevious(): boolean {
    return this.previous.length > 0;
  }

  sign(message: string): string {
    return mac(this.current, message);
  }

  /** Returns the signatures under the previous secrets. */
  signByPrevious(message: string): string[] {
    return this.previous.map((key) => mac(key, message));
  }

  /** Returns all signatures that are accepted, the current one first. */
  signByAll(message: string): string[] {
    return [this.sign(message), ...this.signByPrevious(message)];
  }

  /** Returns which secret signed a message, or undefined for none of ours. */
  signerOf(message: string, signature: string): 'current' | 'previous' | undefined {
    if (equalSecrets(signature, this.sign(message))) return 'current';
    const isOld = this.signByPrevious(message).some((one) => equalSecrets(signature, one));
    return isOld ? 'previous' : undefined;
  }
}

/** The keys for encryption of one purpose: the current one seals, the previous ones open as well. */
export class SealingKeys {
  private readonly current: Buffer;
  private readonly previous: readonly Buffer[];

  constructor({ appSecret, previousAppSecrets }: AppSecrets, purpose: KeyPurpose) {
    this.current = deriveKey(appSecret, purpose);
    this.previous = previousAppSecrets.map((secret) => deriveKey(secret, purpose));
  }

  seal(text: string, context: string): string {
    return seal(this.current, text, context);
  }

  /**
   * Opens what one of the secrets sealed. Throws `UnknownSecret`.
   * @param what what it is, for the error
   */
  open(sealed: string, context: string, what: string): string {
    return this.openWithAge(sealed, context, what).text;
  }

  /** As `open`, and returns whether the current secret sealed it. */
  openWithAge(sealed: string, context: string, what: string): { text: string; isCurrent: boolean } {
    let cause: unknown;
    for (const key of [this.current, ...this.previous]) {
      try {
        return { text: unseal(key, sealed, context), isCurrent: key === this.current };
      } catch (error) {
        cause = error;
      }
    }
    throw new UnknownSecret(what, { cause });
  }
}
