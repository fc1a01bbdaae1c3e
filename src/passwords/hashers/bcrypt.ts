import { createHash } from 'node:crypto';
import { compare, hash } from 'bcrypt';
import { excessOf, type HashFormat, type Work } from './hash-kind.js';

export const MIN_BCRYPT_COST = 4;
export const MAX_BCRYPT_COST = 15;

/** The same for every computation that only takes time. */
const ANY_PASSWORD = 'x';
const ANY_SALT = '.'.repeat(22);

/** Makes a hash in the preferred format, `bcrypt_sha256$$2b$12$…`. */
export async function hashPassword(password: string, cost: number): Promise<string> {
  return `bcrypt_sha256$${await hash(prehash(password), cost)}`;
}

/** The kind of the hashes that `hashPassword` makes. */
export function preferredKind(cost: number): string {
  return `bcrypt_sha256$$2b$${twoDigits(cost)}`;
}

/** `bcrypt_sha256$$2b$12$…`, and Django's `bcrypt$$2b$12$…`, which only knows the first 72 bytes of a password. */
export const bcryptFormat: HashFormat = (kind) => {
  const [, algorithm, version, digits] =
    /^(bcrypt|bcrypt_sha256)\$\$(2[aby])\$(\d\d)$/.exec(kind) ?? [];
  const cost = Number(digits);
  if (!algorithm || cost < MIN_BCRYPT_COST) return undefined;
  // The library does not know the name 2y. It means the same as 2b.
  const prefix = `$${version === '2y' ? '2b' : version}$${digits}$`;
  const prepare = algorithm === 'bcrypt_sha256' ? prehash : (password: string) => password;
  return {
    algorithm,
    workFactor: `cost ${cost}`,
    excess: excessOf([['cost', cost, MAX_BCRYPT_COST]]),
    work: bcryptWork(cost),
    accepts: (salt, digest) => salt === '' && /^[./A-Za-z0-9]{53}$/.test(digest),
    matches: (password, _salt, digest) => compare(prepare(password), prefix + digest),
  };
};

/** One more in the cost is twice the rounds. */
export function bcryptWork(cost: number): Work {
  return {
    sort: 'bcrypt',
    units: 2 ** cost,
    async spend(units) {
      for (let step = MIN_BCRYPT_COST; 2 ** step <= units; step++) {
        if (units & (2 ** step)) await hash(ANY_PASSWORD, `$2b$${twoDigits(step)}$${ANY_SALT}`);
      }
    },
  };
}

/** Lifts bcrypt's limit of 72 bytes and its stop at NUL. */
function prehash(password: string): string {
  return createHash('sha256').update(password, 'utf8').digest('hex');
}

function twoDigits(cost: number): string {
  return String(cost).padStart(2, '0');
}
