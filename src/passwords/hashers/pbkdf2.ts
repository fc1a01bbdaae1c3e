import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { equalSecrets } from '../../common/crypto.js';
import { COUNT, excessOf, type HashFormat } from './hash-kind.js';
import { isBase64Of, isPlainSalt } from './encoding.js';

const MAX_ITERATIONS = 5_000_000;
const DIGEST_BYTES: Record<string, number> = { sha256: 32, sha1: 20 };

const derive = promisify(pbkdf2);
const KIND = new RegExp(`^(pbkdf2_(sha256|sha1))\\$${COUNT}$`);

/** `pbkdf2_sha256$iterations$salt$base64`. The salt is used as the ASCII text that it is. */
export const pbkdf2Format: HashFormat = (kind) => {
  const [, algorithm, digestName, digits] = KIND.exec(kind) ?? [];
  if (!algorithm || !digestName) return undefined;
  const iterations = Number(digits);
  const bytes = DIGEST_BYTES[digestName]!;
  return {
    algorithm,
    workFactor: `${digits} iterations`,
    excess: excessOf([['iterations', iterations, MAX_ITERATIONS]]),
    work: {
      sort: algorithm,
      units: iterations,
      async spend(units) {
        await derive('x', 'x', units, bytes, digestName);
      },
    },
    accepts: (salt, digest) => isPlainSalt(salt) && isBase64Of(digest, bytes),
    async matches(password, salt, digest) {
      const derived = await derive(password, salt, iterations, bytes, digestName);
      return equalSecrets(derived.toString('base64'), digest);
    },
  };
};
