import { createHash } from 'node:crypto';
import { compare, hash } from 'bcrypt';

const PREFIX = 'bcrypt_sha256$';
const FORMAT = /^bcrypt_sha256\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;

/**
 * Django's `bcrypt_sha256`: bcrypt over the hexadecimal SHA-256 of the password, stored as
 * `bcrypt_sha256$$2b$12$…`. The prehash lifts bcrypt's limit of 72 bytes and its stop at NUL.
 */
export class BcryptSha256Hasher {
  constructor(private readonly cost: number) {}

  async hash(password: string): Promise<string> {
    return PREFIX + (await hash(prehash(password), this.cost));
  }

  /** False also for what is no hash of this kind, such as an unusable password. */
  async verify(password: string, encoded: string): Promise<boolean> {
    const bcrypt = FORMAT.exec(encoded)?.[1];
    return bcrypt !== undefined && compare(prehash(password), bcrypt);
  }

  /** Whether a hash was made at another cost than the configured one. */
  isOutdated(encoded: string): boolean {
    return Number(FORMAT.exec(encoded)?.[2]) !== this.cost;
  }

  recognises(encoded: string): boolean {
    return FORMAT.test(encoded);
  }
}

function prehash(password: string): string {
  return createHash('sha256').update(password, 'utf8').digest('hex');
}
