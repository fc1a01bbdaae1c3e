import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { commandLine } from '../support/command-line.js';
import { type Answer, problem } from '../support/http.js';
import { browserOf } from '../support/page-cookies.js';
import { hashWith } from '../support/password-hashes.js';

const SITE = { PUBLIC_URL: 'http://northwind.localhost:3000' };
const NAME_OF_SITE =
  'The password is too similar to the name of this site or your personal information.';

const REFUSED: Record<string, string> = {
  gatehouse2026: 'password_too_similar',
  Gatehouse1: 'password_too_similar',
  'northwind-2026': 'password_too_similar',
  'P@ssw0rd1': 'password_too_common',
  'password123!': 'password_too_common',
  'admin1234!': 'password_too_common',
  letmein2026: 'password_too_common',
  aaaaaaaab: 'password_too_common',
  abcdefghij: 'password_too_common',
  qwertzuiop: 'password_too_common',
  '12345678a': 'password_too_common',
  'k9x?2vu\u3164\u200B\uFE0F': 'password_too_short',
};
/** Keyboards and password fields of browsers lack what stands before, in and after these. */
const NOT_TYPED = ['\n', '\r', '\t', '\0', '\u001B', '\u007F', '\u0085', '\u009F', '\uFFFD'].map(
  (character, i) =>
    [`maple-${character}river-93`, `${character}maple-river-93`, `maple-river-93${character}`][
      i % 3
    ]!,
);
const LET_BE = ['correct horse battery staple', 'maple-river-93-lantern'];

describe('the password policy', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp(SITE);
  });
  afterAll(() => app.close());

  const cli = commandLine();
  const codesOf = (answer: Answer<unknown>) =>
    problem(answer as Answer).errors.map(({ code }) => code);
  const open = (password: string) => {
    const username = newUsername();
    const body = { username, email: `${username}@example.com`, password };
    return app.http.post('/api/auth/register', body);
  };
  const openOnPage = (password: string) => {
    const { cookie, formToken } = browserOf();
    const username = newUsername();
    const fields = {
      ...{ username, email: `${username}@example.com` },
      ...{ password, passwordConfirm: password, _token: formToken },
    };
    return app.http.post('/accounts/register', new URLSearchParams(fields).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
      cookie,
    });
  };

  it.each(Object.entries(REFUSED))(
    'refuses %j as %s, whichever way it is chosen [A12] [ASVS 6.2.4, 6.2.11]',
    async (password, code) => {
      expect(codesOf(await open(password))).toEqual([code]);
      const { http } = await newSession(app.http);
      const fields = { currentPassword: PASSWORD, newPassword: password };
      expect(codesOf(await http.post('/api/account/password/change', fields))).toEqual([code]);
      const token = await issueToken(app.database, 'reset_password', await register(app.http));
      const reset = { token, newPassword: password };
      const answer = await app.http.post('/api/account/password/reset/confirm', reset);
      expect(codesOf(answer)).toEqual([code]);
    },
  );

  it.each(NOT_TYPED)(
    'refuses %j, which no form can take again, whichever way it is chosen',
    async (password) => {
      const code = 'password_invalid_characters';
      expect(codesOf(await open(password))).toEqual([code]);
      const { http } = await newSession(app.http);
      const fields = { currentPassword: PASSWORD, newPassword: password };
      expect(codesOf(await http.post('/api/account/password/change', fields))).toEqual([code]);
      const token = await issueToken(app.database, 'reset_password', await register(app.http));
      const reset = { token, newPassword: password };
      const answer = await app.http.post('/api/account/password/reset/confirm', reset);
      expect(codesOf(answer)).toEqual([code]);
      const page = await openOnPage(password);
      expect(page).toMatchObject({ status: 422, text: expect.stringContaining('cannot be typed') });
    },
  );

  it('lets an existing password with such characters sign in, before and after it is hashed again', async () => {
    const { username, id } = await register(app.http);
    const password = 'maple-river-93\n';
    const hash = await hashWith.pbkdf2(password, 1000);
    await app.database.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [id, hash]);
    expect((await signIn(app.http, username, password)).user.id).toBe(id);
    const [row] = await app.database.sql('SELECT password_hash FROM users WHERE id = $1', [id]);
    expect(row!.password_hash).toMatch(/^bcrypt_sha256/);
    expect((await signIn(app.http, username, password)).user.id).toBe(id);
  });

  it('says what it refuses on the page, before and after', async () => {
    const { status, text } = await openOnPage('Northwind!2026');
    expect(status).toBe(422);
    expect(text).toContain(NAME_OF_SITE);
    expect(text).toContain('or to the name of this site.');
    expect(text).toContain('a sequence or a repetition');
  });

  it('is the same on the command line', async () => {
    const { code, output } = await cli(['createsuperuser', '--noinput'], {
      ...testVariables(app.database.url),
      ...SITE,
      SUPERUSER_USERNAME: 'root',
      SUPERUSER_EMAIL: 'root@example.com',
      SUPERUSER_PASSWORD: 'Northwind!2026',
    });
    expect({ code, output }).toEqual({ code: 1, output: `password: ${NAME_OF_SITE}` });
  });

  it.each(LET_BE)('lets %j be', async (password) => {
    expect((await open(password)).status).toBe(201);
  });
});
