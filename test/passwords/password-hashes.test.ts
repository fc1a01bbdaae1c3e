import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newUsername, PASSWORD } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { measureWork } from '../support/hash-counter.js';
import { WRONG } from '../support/limits.js';
import { hashWith, malformedHashes } from '../support/password-hashes.js';

const { Logger } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { cut } = await built<typeof import('../../src/passwords/hashers/stored-hash.js')>(
  'src/passwords/hashers/stored-hash.js',
);

const { pbkdf2, scrypt, argon2, bcrypt, own } = hashWith;
const UNKNOWN = 'unknown';
const KIB_OF_100_MIB = 100 * 1024;

/** Hashes of the right password, each with one parameter at its bound. Those of bcrypt took seconds to make. */
const AT_THE_BOUND: Record<string, () => Promise<string>> = {
  'pbkdf2_sha256, iterations': () => pbkdf2(PASSWORD, 5_000_000),
  'pbkdf2_sha1, iterations': () => pbkdf2(PASSWORD, 5_000_000, 'sha1'),
  'scrypt, 128·N·r': () => scrypt(PASSWORD, 262_144, 8, 1),
  'scrypt, p': () => scrypt(PASSWORD, 16, 8, 8),
  'argon2, m': () => argon2(PASSWORD, 262_144, 1, 1),
  'argon2, t': () => argon2(PASSWORD, 64, 10, 1),
  'argon2, p': () => argon2(PASSWORD, 64, 1, 8),
  'bcrypt, cost': async () => 'bcrypt$$2b$15$A1vEH7YYKjw4HBYIHo3c4OH7u7muN.TtMLKBFxgiE5dhXedjvDorK',
  'bcrypt_sha256, cost': async () =>
    'bcrypt_sha256$$2b$15$3ELBgZYswxwYu11R9yla7.dAmWW9uf0KZPOCnuZSInjti7MoytaXK',
};

const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
const digestOf = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');
const OF_BCRYPT = '3ELBgZYswxwYu11R9yla7.dAmWW9uf0KZPOCnuZSInjti7MoytaXK';

/** Well-formed hashes, each with one parameter just above its bound. */
const ABOVE_THE_BOUND = [
  `pbkdf2_sha256$5000001$${SALT}$${digestOf(32)}`,
  `pbkdf2_sha1$5000001$${SALT}$${digestOf(20)}`,
  `scrypt$262144$${SALT}$9$1$${digestOf(64)}`,
  `scrypt$524288$${SALT}$8$1$${digestOf(64)}`,
  `scrypt$16$${SALT}$8$9$${digestOf(64)}`,
  `argon2$argon2id$v=19$m=262145,t=1,p=1$${SALT}$${digestOf(33)}`,
  `argon2$argon2i$v=19$m=64,t=11,p=1$${SALT}$${digestOf(33)}`,
  `argon2$argon2d$m=72,t=1,p=9$${SALT}$${digestOf(33)}`,
  `bcrypt$$2b$16$${OF_BCRYPT}`,
  `bcrypt_sha256$$2b$16$${OF_BCRYPT}`,
];

const IMPORTED = [
  own(PASSWORD, 4),
  own(PASSWORD, 8),
  bcrypt(PASSWORD, 5),
  pbkdf2(PASSWORD, 600),
  pbkdf2(PASSWORD, 1_000),
  pbkdf2(PASSWORD, 700, 'sha1'),
  argon2(PASSWORD, 1_024, 2, 8),
  argon2(PASSWORD, 512, 2, 2),
  scrypt(PASSWORD, 1_024, 8, 1),
  scrypt(PASSWORD, 1_024, 8, 5),
  scrypt(PASSWORD, 512, 8, 1),
];
/** What it takes to check all of them, with the dearest of each sort once. */
const WORK_OF_IMPORTED = {
  bcrypt: 2 ** 8,
  pbkdf2_sha256: 1_000,
  pbkdf2_sha1: 700,
  'argon2$argon2id$v=19$m=1024,t=2,p=8': 1,
  'argon2$argon2id$v=19$m=512,t=2,p=2': 1,
  'scrypt N=1024,r=8': 5,
  'scrypt N=512,r=8': 1,
};

describe('password hashes', () => {
  let app: TestApp;
  let meter: ReturnType<typeof measureWork>;
  beforeAll(async () => {
    app = await startApp({ BCRYPT_COST: '6' });
    meter = measureWork(app.nest);
  });
  afterAll(() => app.close());
  /** What is left would be a kind in use for the next. */
  const noAccounts = () => app.database.sql('DELETE FROM users');
  afterEach(noAccounts);

  const login = (username: string, password = PASSWORD) =>
    app.http.post('/api/auth/login', { username, password });
  /** The username of an account with that hash. */
  const accountWith = async (encoded: string, isActive = true) => {
    const username = newUsername();
    await app.database.sql(
      `INSERT INTO users (username, username_key, email, email_key, password_hash, is_active)
       VALUES ($1::text, lower($1::text), '', '', $2, $3)`,
      [username, encoded, isActive],
    );
    return username;
  };
  /** What a failed sign-in answers, and the work that it takes. */
  const failureOf = async (username: string, password = PASSWORD) => {
    meter.done = {};
    const { status, text } = await login(username, password);
    return { status, text, work: meter.done };
  };

  it('that are malformed or of impossible cost open nothing, cost nothing, and are logged once [ASVS 15.2.2]', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const unknown = await failureOf(UNKNOWN);
    expect(unknown).toMatchObject({ status: 401, work: { bcrypt: 2 ** 6 } });
    const before = process.resourceUsage().maxRSS;
    for (const encoded of await malformedHashes(PASSWORD)) {
      const failure = await failureOf(await accountWith(encoded));
      expect({ encoded, ...failure }).toEqual({ encoded, ...unknown });
      await noAccounts();
    }
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(KIB_OF_100_MIB);
    const logged = warn.mock.calls.map(([message]) => String(message));
    warn.mockRestore();
    expect(new Set(logged).size).toBe(logged.length);
    expect(logged).toContain(
      'A stored password hash is refused: argon2id: m is 4294967295, and the bound is 262144. Its owner has to reset it.',
    );
    expect(logged.join()).not.toMatch(/saltsalt|c2FsdHNh/);
  });

  it.each(ABOVE_THE_BOUND)(
    'above the bound open nothing, with the work of an unknown name: %s [ASVS 15.2.2, 6.3.8]',
    async (encoded) => {
      const unknown = await failureOf(UNKNOWN);
      expect(unknown).toMatchObject({ status: 401, work: { bcrypt: 2 ** 6 } });
      expect(await failureOf(await accountWith(encoded))).toEqual(unknown);
    },
  );

  it('take one hash at the configured cost for a failure, while none is imported', async () => {
    const username = await accountWith(await own(PASSWORD, 6));
    expect((await failureOf(username, WRONG)).work).toEqual({ bcrypt: 2 ** 6 });
    expect((await failureOf(UNKNOWN, WRONG)).work).toEqual({ bcrypt: 2 ** 6 });
  });

  it('take the same work for every failure, also with the right password of an inactive account [ASVS 6.3.8] [A01]', async () => {
    const attempts: [string, string][] = [
      [UNKNOWN, WRONG],
      ['unknown@example.com', WRONG],
    ];
    const refused = 'pbkdf2_sha256$9999999$x$x';
    const imported = await Promise.all([own(PASSWORD, 6), ...IMPORTED]);
    for (const encoded of ['!x', refused, ...imported]) {
      attempts.push([await accountWith(encoded), WRONG]);
      const inactive = await accountWith(encoded, false);
      attempts.push([inactive, WRONG], [inactive, PASSWORD]);
    }
    // The first hash of a kind that was not there before brings the list of kinds up to date.
    await login(await accountWith(imported.at(-1)!), WRONG);
    for (const [username, password] of attempts) {
      const { status, work } = await failureOf(username, password);
      expect({ username, password, status, work }).toEqual({
        ...{ username, password, status: 401, work: WORK_OF_IMPORTED },
      });
    }
  });

  it.each(Object.entries(AT_THE_BOUND))('up to the bound are checked: %s', async (_, hash) => {
    expect((await login(await accountWith(await hash()))).status).toBe(200);
  });

  it('are cut by the database as they are by the application', async () => {
    const encoded = [...(await Promise.all(IMPORTED)), ...(await malformedHashes(PASSWORD))];
    const rows = await app.database.sql<{ encoded: string; kind: string | null }>(
      'SELECT encoded, password_hash_kind(encoded) AS kind FROM unnest($1::text[]) AS encoded',
      [encoded],
    );
    expect(rows).toEqual(encoded.map((one) => ({ encoded: one, kind: cut(one).kind ?? null })));
    expect(rows.filter(({ kind }) => kind !== null).length).toBeGreaterThan(100);
  });
});
