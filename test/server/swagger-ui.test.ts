import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newSession, PASSWORD, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { eventually, ROOT } from '../support/process.js';

const SCREENSHOTS = join(ROOT, 'test-results');

describe('Swagger UI, in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let username: string;
  let complaints: string[];
  beforeAll(async () => {
    // A token is refreshed at half of its life.
    app = await startApp({ SWAGGER: 'on', ACCESS_TOKEN_TTL: '4s' });
    ({ username } = await newSession(app.http));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });
  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext();
    page = await open();
  });
  afterEach(async () => {
    await context.close();
    // Such as what the policy of the page has refused.
    expect(complaints.filter((one) => !/status of [45]\d\d|^Deprecated: /.test(one))).toEqual([]);
  });

  const open = async () => {
    const opened = await context.newPage();
    opened.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    opened.on('pageerror', (error) => complaints.push(String(error)));
    await opened.goto(`${app.http.url}/docs`);
    await opened.getByText('/api/users/me').first().waitFor();
    return opened;
  };
  const enter = async (password: string) => {
    await page.getByLabel('Username or email address').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await button('Sign in').click();
  };
  const button = (name: string) => page.locator('.sign-in').getByRole('button', { name });
  const signedIn = () => page.getByText(`Signed in as ${username}`).waitFor();
  const alert = () => page.locator('.sign-in [role=alert]').textContent();
  const stored = () =>
    page.evaluate(() => [{ ...sessionStorage }, { ...localStorage }] as Record<string, string>[]);
  /** Asks who is signed in, by the button. */
  const execute = async () => {
    const operation = page.locator('#operations-Authentication-AuthController_session');
    if (!(await operation.getByRole('button', { name: 'Execute' }).isVisible())) {
      await operation.locator('.opblock-summary-control').first().click();
    }
    const answered = page.waitForResponse(/\/api\/auth\/session$/);
    await operation.getByRole('button', { name: 'Execute' }).click();
    return (await answered).status();
  };

  it('signs in, stays so over a reload, refreshes in time, and signs out for good', async () => {
    expect(await execute()).toBe(401);
    await enter(PASSWORD);
    await signedIn();
    expect(await execute()).toBe(200);
    const [tab, origin] = await stored();
    expect(Object.keys(tab!)).toEqual(['gatehouse-docs']);
    expect(origin).toEqual({});

    await page.reload();
    await signedIn();
    await sleep(4_500);
    expect(await execute()).toBe(200);
    const [after] = await stored();
    const { accessToken, refreshToken } = JSON.parse(after!['gatehouse-docs']!);
    expect(refreshToken).not.toBe(JSON.parse(tab!['gatehouse-docs']!).refreshToken);

    await button('Sign out').click();
    await button('Sign in').waitFor();
    expect(await stored()).toEqual([{}, {}]);
    expect((await app.http.as(accessToken).get('/api/auth/session')).status).toBe(401);
    expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(401);
    expect(await execute()).toBe(401);
  });

  it('says why a sign-in is refused, and keeps nothing', async () => {
    await enter('wrong');
    await eventually(async () => (await alert()) !== '', 'a reason');
    expect(await alert()).toMatch(/username.*password/i);
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
    const detail = 'Too many attempts. Try again in 5 minutes.';
    await page.route('**/api/auth/login', (route) =>
      route.fulfill({ status: 429, json: { code: 'too_many_requests', detail, errors: [] } }),
    );
    await enter('wrong');
    await eventually(async () => (await alert()) === detail, detail);
    await page.route('**/api/auth/login', (route) =>
      route.fulfill({ status: 502, body: '<html>' }),
    );
    await enter('wrong');
    await eventually(
      async () => /answered with 502/.test((await alert())!),
      'a reason without JSON',
    );
    expect(await stored()).toEqual([{}, {}]);
  });

  it('says that a session has ended elsewhere', async () => {
    await enter(PASSWORD);
    await signedIn();
    const [tab] = await stored();
    const { accessToken } = JSON.parse(tab!['gatehouse-docs']!);
    await app.http.as(accessToken).post('/api/auth/logout', {});
    expect(await execute()).toBe(401);
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    expect(await stored()).toEqual([{}, {}]);
  });

  it('keeps a pasted token over a reload as well, until it is told to forget it', async () => {
    const { accessToken } = await signIn(app.http, username);
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.auth-container input').fill(accessToken);
    await page.getByRole('button', { name: 'Apply credentials' }).click();
    await page.getByRole('button', { name: 'Close' }).last().click();
    expect(await execute()).toBe(200);
    await page.reload();
    await page.getByText('A token that you pasted is sent.').waitFor();
    await button('Forget it').click();
    expect(await execute()).toBe(401);
    expect(await stored()).toEqual([{}, {}]);
  });

  it('leaves a session to one tab, because a refresh token has one holder', async () => {
    await enter(PASSWORD);
    await signedIn();
    const [tab] = await stored();
    await context.addInitScript(
      (item) => sessionStorage.setItem('gatehouse-docs', item),
      String(tab!['gatehouse-docs']),
    );
    const copy = await open();
    await copy.getByText('You are signed in in another tab.').waitFor();
    await signedIn();
    expect(await execute()).toBe(200);
  });

  it('has a filter, and leads to nothing but its own site', async () => {
    await page.getByPlaceholder('Filter by tag').fill('Roles');
    await page.locator('#operations-tag-Roles').waitFor();
    expect(await page.locator('#operations-tag-Audit').count()).toBe(0);
    const answer = await app.http.get('/docs', { accept: 'text/html' });
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none';script-src 'self';style-src 'self';/);
    expect(policy).not.toContain('unsafe');
  });

  it.each([
    [390, 'light'],
    [390, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)('fits a window of %d px, %s', async (width, colorScheme) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await enter(PASSWORD);
    await signedIn();
    await execute();
    await page.getByText('Response headers').first().waitFor();
    expect(
      await page.evaluate(() => document.documentElement.classList.contains('dark-mode')),
    ).toBe(colorScheme === 'dark');
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `swagger-ui-${width}-${colorScheme}.png`) });
    await button('Sign out').click();
    await button('Sign in').waitFor();
    await page.screenshot({
      path: join(SCREENSHOTS, `swagger-ui-${width}-${colorScheme}-out.png`),
    });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
  });
});
