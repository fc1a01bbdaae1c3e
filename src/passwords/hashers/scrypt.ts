import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { equalSecrets } from '../../common/crypto.js';
import { isBase64Of, isPlainSalt } from './encoding.js';
import { COUNT, excessOf, type HashFormat } from './hash-kind.js';

const MAX_MEMORY = 256 * 1024 * 1024;
const MAX_LANES = 8;
const DIGEST_BYTES = 64;

const derive = promisify<string, string, number, object, Buffer>(scrypt);
const KIND = new RegExp(`^scrypt\\$${COUNT}\\$${COUNT}\\$${COUNT}$`);

/** `scrypt$N$salt$r$p$base64` */
export const scryptFormat: HashFormat = (kind) => {
  const [, N = 0, r = 0, p = 0] = KIND.exec(kind)?.map(Number) ?? [];
  if (!isCost(N, r)) return undefined;
  // OpenSSL counts its other buffers as well.
  const compute = (password: string, salt: string, lanes: number) =>
    derive(password, salt, DIGEST_BYTES, { N, r, p: lanes, maxmem: 2 * MAX_MEMORY });
  return {
    algorithm: 'scrypt',
    workFactor: `N=${N},r=${r},p=${p}`,
    excess: excessOf([
      ['128·N·r', 128 * N * r, MAX_MEMORY],
      ['p', p, MAX_LANES],
    ]),
    work: {
      sort: `scrypt N=${N},r=${r}`,
      units: p,
      async spend(units) {
        await compute('x', 'x', units);
      },
    },
    accepts: (salt, digest) => isPlainSalt(salt) && isBase64Of(digest, DIGEST_BYTES),
    async matches(password, salt, digest) {
      return equalSecrets((await compute(password, salt, p)).toString('base64'), digest);
    },
  };
};

/** RFC 7914 section 2: a power of two that is above 1 and below 2^(128·r/8). */
function isCost(N: number, r: number): boolean {
  return N > 1 && Number.isInteger(Math.log2(N)) && Math.log2(N) < 16 * r;
}
