import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, newSession, newUsername, PASSWORD, register } from './support/accounts.js';
import { startApp, type TestApp, testVariables } from './support/app.js';
import { commandLine } from './support/command-line.js';
import { type Answer, problem } from './support/http.js';
import { browserOf } from './support/page-cookies.js';

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

  it('says what it refuses on the page, before and after', async () => {
    const { cookie, formToken } = browserOf();
    const username = newUsername();
    const fields = {
      ...{ username, email: `${username}@example.com` },
      ...{ password: 'Northwind!2026', passwordConfirm: 'Northwind!2026', _token: formToken },
    };
    const { status, text } = await app.http.post(
      '/accounts/register',
      new URLSearchParams(fields).toString(),
      {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        accept: 'text/html',
        cookie,
      },
    );
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
