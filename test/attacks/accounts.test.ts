import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { moveClock, resetClock } from '../support/clock.js';
import { countHashes } from '../support/hash-counter.js';
import type { Answer } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';

const YEARS = 5 * 365 * 24 * 60 * 60_000;

describe('accounts', () => {
  let app: TestApp;
  let atFirst: number;
  beforeAll(async () => {
    app = await startApp();
    atFirst = (await app.database.sql('SELECT FROM users')).length;
  });
  afterEach(resetClock);
  afterAll(() => app.close());

  const form = (path: string, fields: object, { cookie, formToken } = browserOf()) => {
    const body = new URLSearchParams({ ...fields, _token: formToken });
    return app.http.send('POST', path, body.toString(), FORM_OF(cookie));
  };

  it('are not there at first, and not under the names that everybody tries [ASVS 6.3.2]', async () => {
    expect(atFirst).toBe(0);
    for (const username of [
      'root',
      'admin',
      'administrator',
      'sa',
      'test',
      'guest',
      'gatehouse',
      'postgres',
      'admin@example.com',
    ]) {
      for (const password of [
        username,
        'admin',
        'password',
        'changeme',
        '123456',
        'gatehouse',
        ' ',
      ]) {
        expect((await app.http.post('/api/auth/login', { username, password })).status).toBe(401);
      }
    }
  });

  it('have no hints and no secret questions [ASVS 6.4.2]', async () => {
    const rows = await app.database.sql<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter(({ name }) => /hint|question|answer|birth|maiden/.test(name))).toEqual([]);
    const { text } = await app.http.get('/accounts/password/reset', { accept: 'text/html' });
    expect([...text.matchAll(/<input[^>]* name="([^_"][^"]*)"/g)].map(([, name]) => name)).toEqual([
      'email',
    ]);
  });

  it('have passwords of any characters, of which none has to be there [ASVS 6.2.5]', async () => {
    const words = [
      'quietriverstones',
      'QUIETRIVERSTONES',
      'leise blumen wiese',
      '          \u00a0\u2003  x',
      '\u{1f40e}\u{1f50b}\u{1f4ce}\u{1f33f}\u{1f3bb}\u{1f511}\u{1f6b2}\u{1f9ca}',
      '静かな川の石ころたち',
      '!?&%$§/()=+*~#<>|',
      'тихаяреканочью',
      `"'\\;--<b>{}`,
    ];
    for (const password of words) {
      const { username } = await register(app.http, { password });
      await signIn(app.http, username, password);
    }
  });

  it('keep their passwords for years [ASVS 6.2.10]', async () => {
    const { username } = await register(app.http);
    moveClock(YEARS);
    await signIn(app.http, username);
  });

  it('are checked here, whatever a browser let through [ASVS 2.2.2]', async () => {
    const good = {
      username: newUsername(),
      email: 'web@example.com',
      password: PASSWORD,
      passwordConfirm: PASSWORD,
    };
    const before = await app.database.fingerprint();
    for (const bad of [
      { username: '' },
      { username: 'x'.repeat(151) },
      { username: 'a b' },
      { email: 'nobody' },
      { email: '' },
      { password: 'short', passwordConfirm: 'short' },
      { passwordConfirm: 'another one entirely' },
      { password: '' },
    ]) {
      const answer = await form('/accounts/register', { ...good, ...bad });
      expect({ bad, status: answer.status }).toEqual({ bad, status: 422 });
    }
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('without a password are opened by nothing, however little it is [A13]', async () => {
    for (const stored of ['', '!', '!x', 'plain', 'bcrypt_sha256$', 'bcrypt_sha256$$2b$04$']) {
      const { username, id } = await register(app.http);
      await app.database.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [id, stored]);
      for (const password of [
        '',
        ' ',
        stored,
        null,
        undefined,
        [],
        {},
        0,
        false,
        'null',
        '\u0000',
      ]) {
        const answer = await app.http.post('/api/auth/login', { username, password });
        expect({ stored, password, isOpened: ![401, 422].includes(answer.status) }).toEqual({
          stored,
          password,
          isOpened: false,
        });
      }
    }
  });

  it('take no password that is too long to be hashed, at any door, and hash nothing [A08] [ASVS 2.3.2, 15.2.2]', async () => {
    const { http, accessToken, username, user } = await newSession(app.http);
    const token = await issueToken(app.database, 'reset_password', user);
    const browser = browserOf(accessToken);
    const before = await app.database.fingerprint();
    const hashes = countHashes(app.nest);
    const email = 'big@example.com';
    for (const long of ['x'.repeat(4_097), '\u{1f600}'.repeat(1_025), 'x'.repeat(30_000)]) {
      const both = { password: long, passwordConfirm: long };
      const answers: Record<string, Answer<unknown>> = {
        login: await http.post('/api/auth/login', { username, password: long }),
        registration: await http.post('/api/auth/register', {
          username: newUsername(),
          email,
          password: long,
        }),
        proof: await http.post('/api/account/password/change', {
          currentPassword: long,
          newPassword: PASSWORD,
        }),
        deletion: await http.delete('/api/users/me', { currentPassword: long }),
        reset: await http.post('/api/account/password/reset/confirm', { token, newPassword: long }),
        'login page': await form('/accounts/login', { username, password: long }),
        'registration page': await form('/accounts/register', {
          username: newUsername(),
          email,
          ...both,
        }),
        'deletion page': await form('/accounts/delete', { currentPassword: long }, browser),
        'sign-in again': await form('/accounts/reauthenticate', { password: long }, browser),
      };
      const statuses = Object.entries(answers).map(([door, { status }]) => [door, status]);
      expect(statuses).toEqual(Object.keys(answers).map((door) => [door, 422]));
    }
    expect(hashes.count).toBe(0);
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('cannot be told from what is none at any door that takes a name or an address [A01] [A02] [A03] [A04] [ASVS 6.3.8]', async () => {
    const [proven, claimed, inactive, mallory] = [
      await register(app.http),
      await register(app.http),
      await register(app.http),
      await newSession(app.http),
    ];
    await app.database.sql('UPDATE users SET email_verified_at = now() WHERE id = ANY($1)', [
      [proven.id, inactive.id],
    ]);
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [inactive.id]);
    const kinds = {
      proven: proven.email,
      claimed: claimed.email,
      inactive: inactive.email,
      unknown: 'nobody@example.com',
    };
    const signedIn = browserOf(mallory.accessToken);
    const wrong = { password: 'a wrong password' };
    const own = { currentPassword: PASSWORD };
    const doors: Record<string, (email: string) => Promise<Answer<unknown>>> = {
      'API login': (username) => app.http.post('/api/auth/login', { username, ...wrong }),
      'API verification': (username) =>
        app.http.post('/api/auth/verification', { username, ...wrong }),
      'API reset': (email) => app.http.post('/api/account/password/reset', { email }),
      'API registration': (email) =>
        app.http.post('/api/auth/register', { username: newUsername(), email, password: PASSWORD }),
      'API change of address': (newEmail) =>
        mallory.http.post('/api/account/email/change', { newEmail, ...own }),
      login: (username) => form('/accounts/login', { username, ...wrong }),
      verification: (username) => form('/accounts/email/verify/resend', { username, ...wrong }),
      reset: (email) => form('/accounts/password/reset', { email }),
      registration: (email) =>
        form('/accounts/register', {
          username: newUsername(),
          email,
          password: PASSWORD,
          passwordConfirm: PASSWORD,
        }),
      'change of address': (email) => form('/accounts/email/change', { email, ...own }, signedIn),
    };
    const hashes = countHashes(app.nest);
    for (const [door, knock] of Object.entries(doors)) {
      const seen: Record<string, unknown> = {};
      for (const [kind, email] of Object.entries(kinds)) {
        hashes.count = 0;
        seen[kind] = { ...told(await knock(email), email), hashes: hashes.count };
      }
      const { unknown } = seen;
      expect({ door, ...seen }).toEqual({
        door,
        proven: unknown,
        claimed: unknown,
        inactive: unknown,
        unknown,
      });
    }
  });
});

const FORM_OF = (cookie: string) => ({
  accept: 'text/html',
  cookie,
  'sec-fetch-site': 'same-origin',
  'content-type': 'application/x-www-form-urlencoded',
});

/** What an answer tells, but for what the caller said and what differs every time. */
function told({ status, headers, text }: Answer<unknown>, email: string) {
  const cookies = headers.getSetCookie().map((cookie) => cookie.replace(/=[^;]*/, '=…'));
  return {
    status,
    location: headers.get('location'),
    cookies,
    names: [...headers.keys()].filter((name) => name !== 'content-length'),
    text: text
      .replaceAll(email, '…')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
      // Sealed anew for every page.
      .replaceAll(/(?<=name="_token" value=")[^"]+/g, '…')
      .replaceAll(/user\d{4}/g, '…')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…'),
  };
}
