import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { issueToken, newSession, PASSWORD, register, signIn } from './support/accounts.js';
import { startApp, type TestApp } from './support/app.js';
import { launchBrowser } from './support/browser.js';
import { freePort, ROOT } from './support/process.js';
import { Visitor } from './support/visitor.js';

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
    expect(page.url()).toMatch(/\/accounts\/email\/verify\?link=[\w-]{22}$/);
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

  it('keep their token in a cookie that no script and no other site gets', async () => {
    const token = await issueToken(app.database, 'prove_email', await register(app.http));
    const { headers, status } = await app.http.get(`/accounts/email/verify?token=${token}`);
    expect(status).toBe(303);
    const [, handle] = /^\/accounts\/email\/verify\?link=([\w-]{22})$/.exec(
      headers.get('location')!,
    )!;
    expect(headers.get('set-cookie')).toMatch(
      new RegExp(
        String.raw`^gatehouse-link-${handle}=[\w-]+\.[\w-]{43}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax$`,
      ),
    );
    expect(headers.get('cache-control')).toBe('no-store');
    const page200 = await app.http.get('/accounts/password/reset');
    expect(page200.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; script-src 'self'; /,
    );
    // Nothing is kept of what is no link: a site that sends a browser through thousands fills no cookies.
    for (const dead of ['x', 'x'.repeat(5_000)]) {
      const answer = await app.http.get(`/accounts/email/verify?token=${dead}`);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('set-cookie')).toBe(null);
    }
  });

  it('act each on its own account, in two tabs of one browser', async () => {
    const visitor = new Visitor(app.http);
    const open = async (path: string, purpose: 'reset_password' | 'undo_email_change') => {
      const account = await register(app.http);
      const token = await issueToken(app.database, purpose, account);
      const { headers } = await visitor.get(`${path}?token=${token}`);
      const { text } = await visitor.get(headers.get('location')!);
      const link = /name="link" value="([^"]+)"/.exec(text)![1]!;
      expect(text).toContain(account.username);
      expect(text).toContain(account.email);
      return { ...account, link };
    };
    const reset = '/accounts/password/reset/confirm';
    const first = await open(reset, 'reset_password');
    const second = await open(reset, 'reset_password');
    const undone = await open('/accounts/email/undo', 'undo_email_change');
    const passwords = { password: NEW_PASSWORD, passwordConfirm: NEW_PASSWORD };
    // The link of another tab is for another purpose, and none at all is no link.
    for (const link of [undone.link, '', 'x', `${first.link}x`]) {
      const answer = await visitor.post(reset, { link, ...passwords });
      expect(answer.status).toBe(400);
    }
    const wrong = { link: first.link, password: NEW_PASSWORD, passwordConfirm: 'other' };
    const shownAgain = await visitor.post(reset, wrong);
    expect(shownAgain.text).toContain(`value="${first.link}"`);
    expect(shownAgain.text).toContain(first.username);
    expect((await visitor.post(reset, { link: first.link, ...passwords })).status).toBe(303);
    expect((await signIn(app.http, first.username, NEW_PASSWORD)).user.id).toBe(first.id);
    // Their own sign-in would end the other link.
    const foreign = { username: second.username, password: NEW_PASSWORD };
    expect((await app.http.post('/api/auth/login', foreign)).status).toBe(401);
    expect((await visitor.post(reset, { link: second.link, ...passwords })).status).toBe(303);
    expect((await signIn(app.http, second.username, NEW_PASSWORD)).user.id).toBe(second.id);
    expect((await visitor.post(reset, { link: second.link, ...passwords })).status).toBe(400);
  });

  it('act on no link that only another browser has opened', async () => {
    const token = await issueToken(app.database, 'reset_password', await register(app.http));
    const { headers } = await new Visitor(app.http).get(
      `/accounts/password/reset/confirm?token=${token}`,
    );
    const answer = await new Visitor(app.http).get(headers.get('location')!);
    expect(answer.status).toBe(400);
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
