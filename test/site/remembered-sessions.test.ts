import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, PASSWORD, register, signIn } from '../support/accounts.js';
import { PUBLIC_URL, startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { Visitor } from '../support/visitor.js';

const DAY = 86_400_000;
const REMEMBERED = { idle: 60, absolute: 90 };
const OTHERS = { idle: 14, absolute: 30 };
const COOKIE = 'gatehouse-session';

describe('a session of a visitor who asked to stay signed in', () => {
  let app: TestApp;
  let provider: HostileProvider;
  beforeAll(async () => {
    provider = await startHostileProvider();
    app = await startApp({
      ...provider.variables('my-company'),
      SESSION_REMEMBERED_IDLE_TTL: '60d',
      SESSION_REMEMBERED_ABSOLUTE_TTL: '90d',
    });
  });
  afterEach(resetClock);
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  /** How many days the only alive session of an account may last, from its beginning. */
  const lifetimesOf = async (userId: string) => {
    const rows = await app.database.sql<{ idle: number; absolute: number }>(
      `SELECT extract(epoch FROM idle_expires_at - created_at)::int / 86400 AS idle,
              extract(epoch FROM absolute_expires_at - created_at)::int / 86400 AS absolute
       FROM sessions WHERE user_id = $1 AND ended_at IS NULL`,
      [userId],
    );
    expect(rows).toHaveLength(1);
    return rows[0]!;
  };
  const maxAgeOf = ({ attributes }: Visitor) => {
    const cookie = attributes.find((one) => one.startsWith(`${COOKIE}=`))!;
    return /; Max-Age=(\d+)/.exec(cookie)?.[1];
  };
  const login = async (fields: Record<string, string>) => {
    const { id, username } = await register(app.http);
    const visitor = new Visitor(app.http);
    const answer = await visitor.post('/accounts/login', {
      username,
      password: PASSWORD,
      ...fields,
    });
    expect(answer.status).toBe(303);
    return { id, username, visitor };
  };
  const isSignedIn = async (visitor: Visitor) =>
    (await visitor.get('/accounts/profile')).status === 200;
  /** Has a visitor go to the provider, sign in there and come back. */
  const goThere = async (visitor: Visitor, authorizationUrl: string, claims: object) => {
    provider.claims = { ...claims };
    const answer = await fetch(authorizationUrl, { redirect: 'manual' });
    return visitor.get(answer.headers.get('location')!.replace(PUBLIC_URL, ''));
  };

  it('lasts as long as SESSION_REMEMBERED_… allow, and so does its cookie', async () => {
    const { id, visitor } = await login({ remember: 'on' });
    expect(await lifetimesOf(id)).toEqual(REMEMBERED);
    expect(maxAgeOf(visitor)).toBe(String((90 * DAY) / 1000));
    // Each visit moves its end on, up to the absolute one.
    moveClock(59 * DAY);
    expect(await isSignedIn(visitor)).toBe(true);
    moveClock(30 * DAY);
    expect(await isSignedIn(visitor)).toBe(true);
    moveClock(2 * DAY);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('ends without a visit in that time', async () => {
    const { visitor } = await login({ remember: 'on' });
    moveClock(61 * DAY);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('is asked for with the box alone', async () => {
    for (const remember of [undefined, '', 'off', 'true']) {
      const { id, visitor } = await login(remember === undefined ? {} : { remember });
      expect(await lifetimesOf(id)).toEqual(OTHERS);
      expect(maxAgeOf(visitor)).toBeUndefined();
      moveClock(13 * DAY);
      expect(await isSignedIn(visitor)).toBe(true);
      // A visit adds 14 days, and the absolute end is still ahead.
      moveClock(15 * DAY);
      expect(await isSignedIn(visitor)).toBe(false);
      resetClock();
    }
  });

  it('keeps the box ticked while the password is wrong', async () => {
    const { id, username } = await register(app.http);
    const visitor = new Visitor(app.http);
    const wrong = await visitor.post('/accounts/login', {
      username,
      password: 'wrong',
      remember: 'on',
    });
    expect(wrong.text).toMatch(/name="remember"[^>]* checked/);
    await visitor.post('/accounts/login', { username, password: PASSWORD, remember: 'on' });
    expect(await lifetimesOf(id)).toEqual(REMEMBERED);
  });

  it('is nothing that the API opens', async () => {
    const { id, username } = await register(app.http);
    const credentials = { username, password: PASSWORD };
    const asked = await app.http.post('/api/auth/login', { ...credentials, remember: 'on' });
    expect(asked.status).toBe(422);
    const { refreshToken } = await signIn(app.http, username);
    expect(await lifetimesOf(id)).toEqual(OTHERS);
    await app.http.post('/api/auth/refresh', { refreshToken });
    expect(await lifetimesOf(id)).toEqual(OTHERS);
  });

  it('is replaced by one of its kind when its visitor signs in again with the password', async () => {
    for (const [fields, expected] of [
      [{ remember: 'on' }, REMEMBERED],
      [{}, OTHERS],
    ] as const) {
      const { id, visitor } = await login(fields);
      const before = visitor.cookies.get(COOKIE);
      const again = { password: PASSWORD, remember: 'on' };
      expect((await visitor.post('/accounts/reauthenticate', again)).status).toBe(303);
      expect(visitor.cookies.get(COOKIE)).not.toBe(before);
      expect(await lifetimesOf(id)).toEqual(expected);
      expect(maxAgeOf(visitor)).toBe(expected === REMEMBERED ? '7776000' : undefined);
    }
  });

  it('is replaced by one of its kind when its visitor signs in again with a provider', async () => {
    for (const [fields, expected] of [
      [{ remember: 'on' }, REMEMBERED],
      [{}, OTHERS],
    ] as const) {
      const { id, visitor } = await login(fields);
      const sub = `again-${expected.idle}`;
      const begun = await visitor.post('/accounts/federation/my-company/connect');
      const refresh = begun.headers.get('refresh')!;
      await goThere(visitor, refresh.replace('0; url=', ''), { sub });
      const before = visitor.cookies.get(COOKIE);
      const { headers } = await visitor.get('/accounts/federation/my-company/again');
      const auth_time = Math.floor(Date.now() / 1000);
      await goThere(visitor, headers.get('location')!, { sub, auth_time });
      expect(visitor.cookies.get(COOKIE)).not.toBe(before);
      expect(await lifetimesOf(id)).toEqual(expected);
      expect(maxAgeOf(visitor)).toBe(expected === REMEMBERED ? '7776000' : undefined);
    }
  });

  it('is not opened by a provider or a link, which have no box', async () => {
    const visitor = new Visitor(app.http);
    const { headers } = await visitor.get('/accounts/federation/my-company');
    await goThere(visitor, headers.get('location')!, { sub: 'no box', email: 'box@example.com' });
    const [user] = await app.database.sql<{ id: string }>(
      'SELECT user_id AS id FROM federated_identities WHERE subject = $1',
      ['no box'],
    );
    expect(await lifetimesOf(user!.id)).toEqual(OTHERS);
    expect(maxAgeOf(visitor)).toBeUndefined();

    const account = await register(app.http);
    const other = new Visitor(app.http);
    const token = await issueToken(app.database, 'prove_email', account);
    const opened = await other.get(`/accounts/email/verify?token=${token}`);
    const { text } = await other.get(opened.headers.get('location')!);
    const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name, value]): [string, string] => [name!, value!],
    );
    const typed: [string, string][] = [
      ['password', PASSWORD],
      ['remember', 'on'],
    ];
    const answer = await other.send('/accounts/email/verify', [...hidden.slice(0, 2), ...typed]);
    expect(answer.status).toBe(303);
    expect(await lifetimesOf(account.id)).toEqual(OTHERS);
    expect(maxAgeOf(other)).toBeUndefined();
  });

  it('is not made of another by its cookie, which is signed', async () => {
    const { id, visitor } = await login({});
    const [value, signature] = visitor.cookies.get(COOKIE)!.split('.') as [string, string];
    const named = Buffer.from(value, 'base64url').toString();
    const forged = Buffer.from(`${named} remembered`).toString('base64url');
    visitor.cookies.set(COOKIE, `${forged}.${signature}`);
    expect(await isSignedIn(visitor)).toBe(false);
    expect(await lifetimesOf(id)).toEqual(OTHERS);
  });
});
