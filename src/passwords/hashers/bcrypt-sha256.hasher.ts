import { createHash } from 'node:crypto';
import { compare, hash } from 'bcrypt';
import type { PasswordHasher } from './password-hasher.js';

const PREFIX = 'bcrypt_sha256$';
const FORMAT = /^bcrypt_sha256\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

/**
 * The preferred format: bcrypt over the hexadecimal SHA-256 of the password, `bcrypt_sha256$$2b$12$…`.
 * The prehash lifts bcrypt's limit of 72 bytes and its stop at NUL.
 */
export class BcryptSha256Hasher implements PasswordHasher {
  constructor(private readonly cost: number) {}

  recognises(encoded: string): boolean {
    return FORMAT.test(encoded);
  }

  async hash(password: string): Promise<string> {
    return PREFIX + (await hash(prehash(password), this.cost));
  }

  async verify(password: string, encoded: string): Promise<boolean> {
    const [, bcrypt, cost] = FORMAT.exec(encoded)!;
    const digest = prehash(password);
    if (await compare(digest, bcrypt!)) return true;
    await this.spendDifference(digest, Number(cost));
    return false;
  }

  /** Whether a hash is of another format, or was made at another cost than the configured one. */
  isOutdated(encoded: string): boolean {
    return Number(FORMAT.exec(encoded)?.[2]) !== this.cost;
  }

  /**
   * A wrong password against a cheaper, older hash takes as long as one against a new hash, so that
   * time does not tell them apart (Django's `harden_runtime`): 2^c + 2^c + … + 2^(cost-1) = 2^cost.
   */
  private async spendDifference(digest: string, cost: number): Promise<void> {
    for (let missing = cost; missing < this.cost; missing++) await hash(digest, missing);
  }
}

function prehash(password: string): string {
  return createHash('sha256').update(password, 'utf8').digest('hex');
}
