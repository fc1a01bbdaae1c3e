import { pbkdf2, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { verify as verifyArgon2 } from '@node-rs/argon2';
import { compare } from 'bcrypt';
import { equalSecrets } from '../../common/crypto.js';
import type { PasswordHasher } from './password-hasher.js';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<string, string, number, object, Buffer>(scrypt);
const SCRYPT_BYTES = 64;
const SCRYPT_MAX_MEMORY = 512 * 1024 * 1024;

/** A format whose hash is computed again and compared. `parts` are the groups of its pattern. */
function recomputed(
  pattern: RegExp,
  compute: (password: string, parts: string[]) => Promise<string>,
): PasswordHasher {
  return {
    recognises: (encoded) => pattern.test(encoded),
    async verify(password, encoded) {
      const [, ...parts] = pattern.exec(encoded)!;
      return equalSecrets(await compute(password, parts), parts.at(-1)!);
    },
  };
}

/** `pbkdf2_sha256$iterations$salt$base64`; the salt is used as the ASCII text it is. */
function pbkdf2Hasher(algorithm: string, digest: string, bytes: number): PasswordHasher {
  return recomputed(
    new RegExp(`^${algorithm}\\$(\\d{1,8})\\$([^$]+)\\$([A-Za-z0-9+/=]+)$`),
    async (password, [iterations, salt]) =>
      (await pbkdf2Async(password, salt!, Number(iterations), bytes, digest)).toString('base64'),
  );
}

/** `scrypt$N$salt$r$p$base64` */
const scryptHasher = recomputed(
  /^scrypt\$(\d{1,7})\$([^$]+)\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/=]+)$/,
  async (password, [N, salt, r, p]) => {
    const parameters = { N: Number(N), r: Number(r), p: Number(p), maxmem: SCRYPT_MAX_MEMORY };
    return (await scryptAsync(password, salt!, SCRYPT_BYTES, parameters)).toString('base64');
  },
);

/** `bcrypt$$2b$12$…`, which knows only the first 72 bytes of a password. */
const bcryptHasher: PasswordHasher = {
  recognises: (encoded) => /^bcrypt\$\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(encoded),
  verify: (password, encoded) => compare(password, encoded.slice('bcrypt$'.length)),
};

/** `argon2$argon2id$v=19$m=102400,t=2,p=8$salt$hash` */
const argon2Hasher: PasswordHasher = {
  recognises: (encoded) => /^argon2\$argon2(id|i|d)\$[\w=,$+/-]+$/.test(encoded),
  verify: (password, encoded) => verifyArgon2(encoded.slice('argon2'.length), password),
};

/**
 * The formats that a database which came from Django may hold. They are verified, and replaced by the
 * preferred one at the next sign-in. Its unsalted and single-round formats are not accepted.
 */
export const DJANGO_HASHERS: readonly PasswordHasher[] = [
  pbkdf2Hasher('pbkdf2_sha256', 'sha256', 32),
  pbkdf2Hasher('pbkdf2_sha1', 'sha1', 20),
  argon2Hasher,
  bcryptHasher,
  scryptHasher,
];
