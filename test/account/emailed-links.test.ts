import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import {
  issueToken,
  newSession,
  newUsername,
  PASSWORD,
  register,
  signIn,
} from '../support/accounts.js';
import { sessionWith } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { freePort, ROOT } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const SCREENSHOTS = join(ROOT, 'test-results');
const NEW_PASSWORD = 'a brand new passphrase';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

// Without SMTP_URL, so that mails land in the mailbox page; without JavaScript, as nothing may need it.
describe('links in mails', () => {
  let app: TestApp;
  let browser: Browser;
  let page: Page;
  let requests: { url: string; referer: string | undefined }[];
  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const port = String(await freePort());
    app = await startApp({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
    browser = await launchBrowser();
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1100, height: 800 },
    });
    page = await context.newPage();
    requests = [];
    page.on('request', (request) => {
      requests.push({ url: request.url(), referer: request.headers().referer });
    });
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  const screenshot = async (name: string) => {
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
    const { width, height } = page.viewportSize()!;
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-phone.png`), fullPage: true });
    await page.setViewportSize({ width, height });
  };
  /** Opens the latest mail of the mailbox, and follows its button. */
  const followButton = async (subject: string, button: string) => {
    await app.database.settled();
    await page.goto(`${app.http.url}/dev/mailbox`);
    await page.getByRole('link', { name: subject }).first().click();
    requests.length = 0;
    await page.frameLocator('iframe').getByRole('link', { name: button }).click();
    await page.waitForURL(/\/accounts\//);
  };

  it('open a page with a clean address, and do nothing before a button is pressed [A42] [ASVS 14.2.1]', async () => {
    const { id, username, email } = await register(app.http);
    await followButton('Confirm your email address', 'Confirm the address');
    const confirm = page.getByRole('button', { name: 'Confirm the address' });
    await confirm.waitFor();
    expect(page.url()).toMatch(/\/accounts\/email\/verify\?link=[\w-]+$/);
    await screenshot('verify-email');
    const shown = await page.locator('main').innerText();
    for (const fact of [username, email, 'by registering', 'a password']) {
      expect(shown).toContain(fact);
    }
    const isVerified = async () =>
      (
        await app.database.sql(
          'SELECT FROM users WHERE id = $1 AND email_verified_at IS NOT NULL',
          [id],
        )
      ).length === 1;
    expect(await isVerified()).toBe(false);
    await page.getByLabel(`Password of ${username}`).fill(PASSWORD);
    await confirm.click();
    // The password has signed them in, as it does on the page to sign in.
    await page.getByText('Your email address is confirmed.').waitFor();
    expect(page.url()).toMatch(/\/accounts\/profile$/);
    expect(await isVerified()).toBe(true);
    expect(requests.filter(({ url }) => url.includes('token='))).toHaveLength(1);
    for (const { referer } of requests) expect(referer ?? '').not.toContain('token');
    await page.goBack();
    expect(await page.content()).not.toMatch(/token=/);
    await page.context().clearCookies();
  });

  it('of no use any more say so', async () => {
    for (const path of ['email/verify', 'email/undo', 'password/reset/confirm']) {
      for (const query of ['', `?token=${'A'.repeat(43)}`, '?link=x', `?link=${'A'.repeat(22)}`]) {
        await page.goto(`${app.http.url}/accounts/${path}${query}`);
        await page.getByText('This link has been used, has expired').waitFor();
        expect(await page.getByRole('button').count()).toBe(0);
      }
    }
    await page.getByRole('link', { name: 'Send another link' }).click();
    await page.waitForURL(/\/accounts\/password\/reset$/);
  });

  it('let a forgotten password be replaced', async () => {
    const { username, email } = await register(app.http);
    await page.goto(`${app.http.url}/accounts/password/reset`);
    await screenshot('password-reset');
    await page.getByLabel('Email address').fill(email);
    await page.getByRole('button').click();
    await page.getByText('If there is an account with this address').waitFor();
    await followButton('Choose a new password', 'Choose a new password');
    const submit = async (password: string, again: string) => {
      await page.getByLabel('New password', { exact: true }).fill(password);
      await page.getByLabel('New password, again').fill(again);
      await page.getByRole('button').click();
    };
    await submit(NEW_PASSWORD, 'something else');
    await page.getByText('The two passwords are not the same.').waitFor();
    await submit('1234567', '1234567');
    await page.getByText('This password is too short.').waitFor();
    await screenshot('password-reset-errors');
    expect(await page.getByLabel('New password', { exact: true }).inputValue()).toBe('');
    await submit(NEW_PASSWORD, NEW_PASSWORD);
    await page.getByText(`The password of ${username} was changed.`).waitFor();
    expect((await signIn(app.http, username, NEW_PASSWORD)).user.emailVerified).toBe(true);
  });

  it('let an invited owner choose the first password', async () => {
    const clerk = await sessionWith(app, ['users.add']);
    const username = newUsername();
    const email = `${username}@example.com`;
    await clerk.http.post('/api/users', { username, email });
    await followButton('Choose your password', 'Choose your password');
    await page.getByRole('heading', { name: 'Choose your password' }).waitFor();
    await page.getByText(email).waitFor();
    expect(await page.getByLabel('Account', { exact: true }).inputValue()).toBe(username);
    await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('Password, again').fill(NEW_PASSWORD);
    await screenshot('invitation');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText(`The password of ${username} is set.`).waitFor();
    expect((await signIn(app.http, username, NEW_PASSWORD)).user.emailVerified).toBe(true);
  });

  it('act on a form of our own pages only [A35] [ASVS 3.5.1]', async () => {
    const account = await register(app.http);
    const token = await issueToken(app.database, 'prove_email', account);
    const post = (headers: Record<string, string>) =>
      app.http.send('POST', '/accounts/email/verify', '', {
        ...FORM,
        cookie: `gatehouse-link-${'A'.repeat(22)}=${token}`,
        ...headers,
      });
    const own = app.http.url;
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: own },
      { 'sec-fetch-site': 'same-site', origin: own },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
    ]) {
      expect((await post(headers as never)).status).toBe(403);
    }
    const [row] = await app.database.sql<{ at: Date | null }>(
      'SELECT email_verified_at AS at FROM users WHERE id = $1',
      [account.id],
    );
    expect(row!.at).toBe(null);
    // From our own page, and yet without the token of its form.
    expect((await post({ origin: own })).status).toBe(419);
    expect((await post({ 'sec-fetch-site': 'none' })).status).toBe(419);
    for (const path of ['/api/auth/login', '/api/auth/register', '/api/account/password/reset']) {
      const answer = await app.http.send('POST', path, 'email=a%40example.com', FORM);
      expect(answer.status).toBe(415);
    }
  });

  it('carry their token sealed in the address, and keep nothing about it in the browser [A42]', async () => {
    const token = await issueToken(app.database, 'prove_email', await register(app.http));
    const { headers, status } = await app.http.get(`/accounts/email/verify?token=${token}`);
    expect(status).toBe(303);
    const to = headers.get('location')!;
    expect(to).toMatch(/^\/accounts\/email\/verify\?link=[\w-]{100,160}$/);
    expect(to).not.toContain(token);
    // The random secret of the browser, which says nothing about the link.
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^gatehouse-form=[\w-]+\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const visitor = new Visitor(app.http);
    await visitor.get('/accounts/login');
    const before = new Map(visitor.cookies);
    const opened = await visitor.get(`/accounts/email/verify?token=${token}`);
    await visitor.get(opened.headers.get('location')!);
    expect(visitor.cookies).toEqual(before);
    const page200 = await app.http.get('/accounts/password/reset');
    expect(page200.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; script-src 'self'; /,
    );
    for (const dead of ['x', 'x'.repeat(5_000)]) {
      const answer = await app.http.get(`/accounts/email/verify?token=${dead}`);
      expect(answer.status).toBe(400);
    }
  });

  describe.each([
    [
      'reset_password',
      '/accounts/password/reset/confirm',
      { password: NEW_PASSWORD, passwordConfirm: NEW_PASSWORD },
    ],
    [
      'accept_invitation',
      '/accounts/password/reset/confirm',
      { password: NEW_PASSWORD, passwordConfirm: NEW_PASSWORD },
    ],
    ['prove_email', '/accounts/email/verify', { password: PASSWORD }],
    ['undo_email_change', '/accounts/email/undo', {}],
  ] as const)('to %s', (purpose, path, fields) => {
    const open = async (visitor: Visitor, token: string) => {
      const { headers } = await visitor.get(`${path}?token=${token}`);
      const address = headers.get('location')!;
      const { status, text } = await visitor.get(address);
      return { status, text, address, link: /name="link" value="([^"]+)"/.exec(text)?.[1] ?? '' };
    };
    const changed = async (userId: string) => {
      const rows = await app.database.sql<{ action: string }>(
        `SELECT action FROM audit_events WHERE subject_id = $1
           AND action IN ('user.password_changed', 'user.email_verified', 'user.email_change_undone', 'user.recovered')`,
        [userId],
      );
      return rows.length > 0;
    };

    it('act each on its own account in two tabs, whichever is sent first', async () => {
      for (const isReversed of [false, true]) {
        const visitor = new Visitor(app.http);
        const tabs = [];
        for (let i = 0; i < 2; i++) {
          const account = await register(app.http);
          const token = await issueToken(app.database, purpose, account);
          tabs.push({ ...account, ...(await open(visitor, token)) });
        }
        for (const { text, username, email } of tabs) {
          expect(text).toContain(username);
          expect(text).toContain(email);
        }
        const [first, second] = isReversed ? tabs.toReversed() : tabs;
        expect((await visitor.post(path, { link: first!.link, ...fields })).status).toBe(303);
        expect({ first: await changed(first!.id), second: await changed(second!.id) }).toEqual({
          first: true,
          second: false,
        });
        // Opened again or sent: each tab is still about its own link.
        const again = await visitor.get(second!.address);
        expect(again.text).toContain(second!.username);
        const { link } = { link: /name="link" value="([^"]+)"/.exec(again.text)![1]! };
        await visitor.post('/accounts/logout');
        expect((await visitor.post(path, { link, ...fields })).status).toBe(303);
        expect(await changed(second!.id)).toBe(true);
      }
    });

    it('end with the older or the newer of two links of one account, and the other says so', async () => {
      for (const isReversed of [false, true]) {
        const visitor = new Visitor(app.http);
        const account = await register(app.http);
        const older = await open(visitor, await issueToken(app.database, purpose, account));
        const newer = await open(visitor, await issueToken(app.database, purpose, account));
        const [first, second] = isReversed ? [newer, older] : [older, newer];
        expect((await visitor.post(path, { link: first.link, ...fields })).status).toBe(303);
        await visitor.post('/accounts/logout');
        if (purpose === 'undo_email_change' && isReversed) {
          // The way back of whoever had the account before: a thief must not end it.
          expect((await visitor.get(second.address)).text).toContain(account.username);
          continue;
        }
        for (const answer of [
          await visitor.get(second.address),
          await visitor.post(path, { link: second.link, ...fields }),
        ]) {
          expect(answer.status).toBe(400);
          expect(answer.text).toContain('This link has been used, has expired');
          expect(answer.text).not.toContain('type="password"');
        }
      }
    });

    it('say at once that they are dead, and lead on', async () => {
      const account = await register(app.http);
      const used = await issueToken(app.database, purpose, account);
      const visitor = new Visitor(app.http);
      const { link, address } = await open(visitor, used);
      const scanned = await app.database.fingerprint();
      for (const method of ['GET', 'HEAD']) {
        for (const to of [`${path}?token=${used}`, address]) {
          await app.http.send(method, to, undefined, {
            accept: 'text/html',
            cookie: visitor.header,
          });
        }
      }
      expect(await app.database.fingerprint()).toBe(scanned);
      await app.database.sql('UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1', [
        account.id,
      ]);
      const dead = [
        await visitor.get(`${path}?token=${used}`),
        await visitor.get(address),
        // It died while the page was open.
        await visitor.post(path, { link, ...fields }),
        await visitor.get(path),
        await visitor.get(`${path}?token=`),
        await visitor.get(`${path}?token=${used.slice(0, -1)}`),
        await visitor.get(`${path}?token=${used}.`),
        await visitor.get(`${path}?token=a&token=b`),
        await visitor.get(`${path}?token=%00`),
        await visitor.get(`${path}?link=a&link=b`),
        await visitor.get(`${address}x`),
      ];
      for (const { status, text } of dead) {
        expect(status).toBe(400);
        const [, main] = text.split('<main');
        expect(main).toContain('This link has been used, has expired');
        expect(main).not.toContain('<form');
        const ways = [...main!.matchAll(/href="([^"]+)"/g)].map(([, to]) => to!);
        expect(ways).toHaveLength(2);
        for (const to of ways) {
          const { status: next, headers } = await visitor.get(to);
          const isThere = next === 200 || headers.get('location')?.startsWith('/accounts/login');
          expect({ to, isThere }).toEqual({ to, isThere: true });
        }
      }
      expect(await changed(account.id)).toBe(false);
    });
  });

  it('act on no link that only another browser has opened', async () => {
    const token = await issueToken(app.database, 'reset_password', await register(app.http));
    const { headers } = await new Visitor(app.http).get(
      `/accounts/password/reset/confirm?token=${token}`,
    );
    const other = new Visitor(app.http);
    const answer = await other.get(headers.get('location')!);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Your browser sent no cookies.');
    await other.get('/accounts/login');
    const known = await other.get(headers.get('location')!);
    expect(known.status).toBe(400);
    expect(known.text).toContain('open it in the email again');
  });

  it('that prove an address lead who does not know the password to a new one', async () => {
    const stranger = await newSession(app.http);
    const { id, username, email } = stranger.user;
    const token = await issueToken(app.database, 'prove_email', { id, email });
    await page.goto(`${app.http.url}/accounts/email/verify?token=${token}`);
    await page.getByText('do not confirm it').waitFor();
    await page.getByRole('button', { name: 'Choose a new password' }).click();
    await page.waitForURL(/\/accounts\/password\/reset\/confirm\?link=/);
    expect(await page.getByLabel('Account').inputValue()).toBe(username);
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('New password, again').fill(NEW_PASSWORD);
    await page.getByRole('button').click();
    await page.getByText(`The password of ${username} was changed.`).waitFor();
    expect((await signIn(app.http, email, NEW_PASSWORD)).user.emailVerified).toBe(true);
    expect((await stranger.http.get('/api/users/me')).status).toBe(401);
    const old = { username, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', old)).status).toBe(401);
  });

  it('that prove an address to move to lead nobody to a new password', async () => {
    const { id } = await register(app.http);
    const to = { id, email: 'a-slip-of-the-pen@example.com' };
    const token = await issueToken(app.database, 'prove_email', to);
    const api = await app.http.post('/api/account/email/verify/password', { token });
    expect(api.status).toBe(400);
    await page.goto(`${app.http.url}/accounts/email/verify?token=${token}`);
    await page.getByRole('button', { name: 'Confirm the address' }).waitFor();
    expect(await page.getByRole('button', { name: 'Choose a new password' }).count()).toBe(0);
  });

  it('that prove an address take one button of who is signed in to the account, and of nobody else', async () => {
    const open = async (visitor: Visitor, token: string) => {
      const { headers } = await visitor.get(`/accounts/email/verify?token=${token}`);
      const { text } = await visitor.get(headers.get('location')!);
      return { text, link: /name="link" value="([^"]+)"/.exec(text)![1]! };
    };
    const account = await register(app.http);
    const token = await issueToken(app.database, 'prove_email', account);
    const other = await register(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username: other.username, password: PASSWORD });
    const foreign = await open(visitor, token);
    expect(foreign.text).toContain(`You are signed in to the account ${other.username}.`);
    const refused = await visitor.post('/accounts/email/verify', { link: foreign.link });
    expect(refused.status).toBe(422);
    const owner = new Visitor(app.http);
    await owner.post('/accounts/login', { username: account.username, password: PASSWORD });
    const guessed = { link: foreign.link, password: 'not the password' };
    const wrong = await visitor.post('/accounts/email/verify', guessed);
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('The username or password is wrong');
    const own = await open(owner, token);
    expect(own.text).not.toContain('type="password"');
    const done = await owner.post('/accounts/email/verify', { link: own.link });
    expect({ status: done.status, to: done.headers.get('location') }).toEqual({
      status: 303,
      to: '/accounts/profile',
    });
    expect((await owner.get('/accounts/profile')).text).toContain(
      'Your email address is confirmed.',
    );
  });

  it('are found in the mailbox, as HTML and as text', async () => {
    await register(app.http);
    await app.database.settled();
    await page.goto(`${app.http.url}/dev/mailbox`);
    await screenshot('mailbox');
    await page.getByRole('link', { name: 'Confirm your email address' }).first().click();
    await page.frameLocator('iframe').getByText('please confirm').waitFor();
    await screenshot('mailbox-mail');
    await page.locator('pre').getByRole('link').click();
    await page.getByRole('button', { name: 'Confirm the address' }).waitFor();
    expect((await app.http.get('/dev/mailbox/x')).status).toBe(404);
  });
});
