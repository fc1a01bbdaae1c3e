import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { issueToken, newSession, register, signIn } from './support/accounts.js';
import { startApp, type TestApp } from './support/app.js';
import { launchBrowser } from './support/browser.js';
import { freePort, ROOT } from './support/process.js';

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
    const session = await newSession(app.http);
    await followButton('Confirm your email address', 'Confirm the address');
    await page.getByRole('button', { name: 'Confirm the address' }).waitFor();
    expect(page.url()).toBe(`${app.http.url}/accounts/email/verify`);
    await screenshot('verify-email');
    const isVerified = async () =>
      (await session.http.get('/api/users/me')).body.emailVerified as boolean;
    expect(await isVerified()).toBe(false);
    await page.getByRole('button').click();
    await page.getByText('Your email address is confirmed.').waitFor();
    expect(await isVerified()).toBe(true);
    expect(requests.filter(({ url }) => url.includes('token='))).toHaveLength(1);
    for (const { referer } of requests) expect(referer ?? '').not.toContain('token');
    await page.goBack();
    expect(await page.content()).not.toMatch(/token=|[\w-]{43}/);
  });

  it('of no use any more say so', async () => {
    await page.goto(`${app.http.url}/accounts/email/verify?token=${'A'.repeat(43)}`);
    await page.getByRole('button').click();
    await page.getByText('This link has been used, has expired').waitFor();
    await page.goto(`${app.http.url}/accounts/email/undo`);
    await page.getByText('This link has been used, has expired').waitFor();
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
    await page.getByText('Your password was changed.').waitFor();
    expect((await signIn(app.http, username, NEW_PASSWORD)).user.emailVerified).toBe(true);
  });

  it('act on a form of our own pages only [A35] [ASVS 3.5.1]', async () => {
    const account = await register(app.http);
    const token = await issueToken(app.database, 'prove_email', account);
    const post = (headers: Record<string, string>) =>
      app.http.send('POST', '/accounts/email/verify', '', {
        ...FORM,
        cookie: `link-accounts-email-verify=${token}`,
        ...headers,
      });
    const own = app.http.url;
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: own },
      { 'sec-fetch-site': 'same-site', origin: own },
      { 'sec-fetch-site': 'none' },
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
    for (const path of ['/api/auth/login', '/api/auth/register', '/api/account/password/reset']) {
      const answer = await app.http.send('POST', path, 'email=a%40example.com', FORM);
      expect(answer.status).toBe(415);
    }
  });

  it('keep their token in a cookie that no script and no other site gets', async () => {
    const { headers, status } = await app.http.get('/accounts/email/verify?token=secret');
    expect(status).toBe(303);
    expect(headers.get('location')).toBe('/accounts/email/verify');
    expect(headers.get('set-cookie')).toMatch(
      /^link-accounts-email-verify=[\w-]+\.[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    const page200 = await app.http.get('/accounts/password/reset');
    expect(page200.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; script-src 'self'; /,
    );
    const huge = await app.http.get(`/accounts/email/verify?token=${'x'.repeat(5_000)}`);
    expect(huge.headers.get('set-cookie')!.length).toBeLessThan(500);
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
