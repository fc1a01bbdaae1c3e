import { createHash, pbkdf2Sync, scryptSync } from 'node:crypto';
import { hashRaw } from '@node-rs/argon2';
import { hash } from 'bcrypt';
import { PASSWORD, passwordHash, PRODUCTION_COST } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { mannWhitney } from '../support/mann-whitney.js';
import { type Postgres, sql } from '../support/postgres.js';
import { alone, type Result } from '../support/report.js';
import { interleave } from '../support/rounds.js';

/** Another cost scales the imported hashes as well: each step halves or doubles all of the work. */
const COST = Number(process.env.EQUAL_TIME_COST ?? PRODUCTION_COST);
const SCALE = 2 ** (COST - PRODUCTION_COST);
const SAMPLES = 200;
/** A hundred failures in a row would make an account's password unusable. */
const SAMPLES_EACH = 50;
const MIN_P = 0.01;
const SALT = 'saltsaltsaltsalt';

const WRONG = 'a wrong password';

interface Kind {
  /** Undefined: there is no such account. */
  encoded?: string;
  isActive?: boolean;
  password?: string;
}

/** Whether the time of a failed sign-in shows what account there is, with hashes as Django makes them by default. */
export async function equalTime(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('equal_time');
  const gatehouse = await startGatehouse(database, { BCRYPT_COST: `${COST}` });
  const kinds = await kindsOfAccounts();
  const attempts: Record<string, () => Promise<number>> = {};
  for (const [name, kind] of Object.entries(kinds)) {
    const usernames = await addAccounts(database, name, kind);
    let next = 0;
    attempts[name] = () =>
      failedSignIn(gatehouse.url, usernames[next++ % usernames.length]!, kind.password ?? WRONG);
  }
  const measured = Object.entries(await interleave(attempts, SAMPLES));
  await gatehouse.stop();
  const pairs = measured.flatMap(([one, a], i) =>
    measured.slice(i + 1).map(([other, b]) => ({ one, other, p: mannWhitney(a.rounds, b.rounds) })),
  );
  const closest = pairs.reduce((least, pair) => (pair.p < least.p ? pair : least));
  const unknown = measured[0]![1].rounds;
  const p = {
    what: `the smallest p of ${pairs.length} pairs, times their number`,
    unit: 'p',
    value: Math.min(1, closest.p * pairs.length),
  };
  return {
    name: 'equal-time',
    rows: [
      ...measured.map(([what, { median }]) => ({ what, unit: 'ms', value: median })),
      alone(p, { atLeast: MIN_P }),
    ],
    notes: [
      `Failed sign-ins, ${SAMPLES} of each kind in turns, BCRYPT_COST=${COST}, imported hashes of ${SCALE} × Django's cost. The smallest p of a pair is ${closest.p.toPrecision(2)}: ${closest.one}, ${closest.other}.`,
      `p against an unknown name (Mann-Whitney): ${measured
        .slice(1)
        .map(([name, { rounds }]) => `${name} ${mannWhitney(unknown, rounds).toPrecision(2)}`)
        .join(', ')}.`,
    ],
  };
}

async function kindsOfAccounts(): Promise<Record<string, Kind>> {
  const own = await passwordHash(COST);
  const cheaper = await passwordHash(COST - 2);
  const argon2 = await django.argon2(102_400 * SCALE, 2, 8);
  return {
    'unknown name': {},
    'own hash': { encoded: own },
    'own hash of a lower cost': { encoded: cheaper },
    'no password': { encoded: '!' },
    inactive: { encoded: own, isActive: false },
    'inactive, right password': { encoded: cheaper, isActive: false, password: PASSWORD },
    'pbkdf2, 600,000': { encoded: django.pbkdf2(600_000 * SCALE) },
    'pbkdf2, 1,000,000': { encoded: django.pbkdf2(1_000_000 * SCALE) },
    argon2: { encoded: argon2 },
    'argon2, inactive, right password': { encoded: argon2, isActive: false, password: PASSWORD },
    scrypt: { encoded: django.scrypt(16_384 * SCALE, 5) },
    bcrypt: { encoded: `bcrypt$${await hash(PASSWORD, COST)}` },
    'too costly to check': { encoded: `bcrypt$$2b$16$${'x'.repeat(53)}` },
  };
}

/** As many accounts as a kind needs. Returns their usernames. */
async function addAccounts(
  database: string,
  name: string,
  { encoded, isActive = true }: Kind,
): Promise<string[]> {
  const beginning = createHash('sha256').update(name).digest('hex').slice(0, 12);
  const usernames = Array.from(
    { length: Math.ceil(SAMPLES / SAMPLES_EACH) },
    (_, i) => `${beginning}${i}`,
  );
  if (encoded !== undefined) {
    await sql(
      database,
      `INSERT INTO users (username, username_key, email, email_key, password_hash, is_active)
       SELECT name, name, '', '', $2, $3 FROM unnest($1::text[]) AS name`,
      [usernames, encoded, isActive],
    );
  }
  return usernames;
}

async function failedSignIn(url: string, username: string, password: string): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  await response.arrayBuffer();
  const ended = performance.now();
  if (response.status !== 401) throw new Error(`a failed sign-in was ${response.status}`);
  return ended - began;
}

/** Hashes of the bench's password as Django stores them. */
const django = {
  pbkdf2(iterations: number) {
    const digest = pbkdf2Sync(PASSWORD, SALT, iterations, 32, 'sha256').toString('base64');
    return `pbkdf2_sha256$${iterations}$${SALT}$${digest}`;
  },
  scrypt(N: number, p: number) {
    const digest = scryptSync(PASSWORD, SALT, 64, { N, r: 8, p, maxmem: 2 ** 29 });
    return `scrypt$${N}$${SALT}$8$${p}$${digest.toString('base64')}`;
  },
  async argon2(m: number, t: number, p: number) {
    const salt = Buffer.from(SALT);
    const costs = { memoryCost: m, timeCost: t, parallelism: p, algorithm: 2, version: 1 };
    const digest = await hashRaw(PASSWORD, { ...costs, salt });
    const texts = [salt, digest].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
    return `argon2$argon2id$v=19$m=${m},t=${t},p=${p}$${texts.join('$')}`;
  },
};
