import { hashRaw } from '@node-rs/argon2';
import { equalSecrets } from '../../common/crypto.js';
import { isUnpaddedBase64, unpaddedBase64 } from './encoding.js';
import { COUNT, excessOf, type HashFormat } from './hash-kind.js';

const MAX_KIB = 256 * 1024;
const MAX_PASSES = 10;
const MAX_LANES = 8;
const KIB_PER_LANE = 8;

/** The numbers by which the library knows the variants, and its versions 16 and 19. */
const ALGORITHMS: Record<string, number> = { argon2d: 0, argon2i: 1, argon2id: 2 };
const VERSION_16 = 0;
const VERSION_19 = 1;

const KIND = new RegExp(
  `^argon2\\$(argon2(?:id|i|d))\\$(v=19\\$)?(m=${COUNT},t=${COUNT},p=${COUNT})$`,
);

/** `argon2$argon2id$v=19$m=102400,t=2,p=8$salt$hash`. Without a version it is 16, as it was before there were any. */
export const argon2Format: HashFormat = (kind) => {
  const [, algorithm, version, workFactor, ...counts] = KIND.exec(kind) ?? [];
  const [m = 0, t = 0, p = 0] = counts.map(Number);
  if (!algorithm || !workFactor || m < KIB_PER_LANE * p) return undefined;
  const compute = (password: string, salt: Buffer, outputLen: number) =>
    hashRaw(password, {
      algorithm: ALGORITHMS[algorithm]!,
      version: version ? VERSION_19 : VERSION_16,
      memoryCost: m,
      timeCost: t,
      parallelism: p,
      salt,
      outputLen,
    });
  return {
    algorithm,
    workFactor,
    excess: excessOf([
      ['m', m, MAX_KIB],
      ['t', t, MAX_PASSES],
      ['p', p, MAX_LANES],
    ]),
    work: {
      sort: kind,
      units: 1,
      async spend() {
        await compute('x', Buffer.alloc(16), 32);
      },
    },
    accepts: (salt, digest) => isUnpaddedBase64(salt, 8, 48) && isUnpaddedBase64(digest, 16, 64),
    async matches(password, salt, digest) {
      const expected = Buffer.from(digest, 'base64');
      const derived = await compute(password, Buffer.from(salt, 'base64'), expected.length);
      return equalSecrets(unpaddedBase64(derived), digest);
    },
  };
};
