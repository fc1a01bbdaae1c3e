import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newUsername, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { type HonestProvider, startHonestProvider } from '../support/honest-provider.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { DESKTOP, lookAt, PHONE, SCREENSHOTS } from '../support/looks.js';
import { freePort } from '../support/process.js';

let app: TestApp;
let browser: Browser;
let honest: HonestProvider;
let plain: HostileProvider;
let added: HostileProvider;
beforeAll(async () => {
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  // By another name than ours, as other sites have.
  honest = await startHonestProvider([`${url}/accounts/federation/example/callback`], 'localhost');
  plain = await startHostileProvider();
  added = await startHostileProvider();
  app = await startApp({
    PORT: port,
    PUBLIC_URL: url,
    ...honest.variables('example'),
    ...plain.variables('my-company'),
    OIDC_EXAMPLE_LABEL: 'Example ID',
  });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await app.close();
  await Promise.all([honest.close(), plain.close(), added.close()]);
});

const at = (path: string) => `${app.http.url}${path}`;

/** Types a name at the certified provider, and consents where it asks. */
async function signInThere(page: Page, login: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

const consent = (page: Page) => page.getByRole('button', { name: 'Continue' }).click();
const told = (page: Page, text: string) => page.getByText(text).first().waitFor();
const disconnect = (page: Page, label: string) =>
  page.getByRole('button', { name: new RegExp(`^Disconnect ${label}`) }).click();

/** Has the sign-in of an account be too long ago for what asks for a recent one. */
async function makeOld(username: string): Promise<void> {
  await app.database.sql(
    `UPDATE sessions SET authenticated_at = now() - interval '16 minutes'
     WHERE user_id = (SELECT id FROM users WHERE username = $1)`,
    [username],
  );
  // What is remembered of the session is forgotten with a change of the account.
  for (let i = 0; i < 2; i++) {
    await app.database.sql('UPDATE users SET is_superuser = NOT is_superuser WHERE username = $1', [
      username,
    ]);
  }
}

describe.each([
  ['with JavaScript, on a desktop', true, DESKTOP],
  ['without JavaScript, on a phone', false, PHONE],
])('in a browser %s', (_, javaScriptEnabled, viewport) => {
  let context: BrowserContext;
  let page: Page;
  const login = newUsername();
  beforeAll(async () => {
    const colorScheme = javaScriptEnabled ? 'light' : 'dark';
    context = await browser.newContext({ javaScriptEnabled, viewport, colorScheme });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
  });
  afterAll(() => context.close());

  const device = javaScriptEnabled ? 'desktop' : 'phone';
  const look = (title: string) => lookAt(page, `federation-${title}-${device}`);

  it('somebody new signs up with a certified provider, signs out, and in again', async () => {
    await page.goto(at('/accounts/register'));
    await look('register');
    await page.goto(at('/accounts/sessions'));
    await look('login');
    await page.getByRole('link', { name: 'Continue with Example ID' }).click();
    await signInThere(page, login);
    await consent(page);
    await told(page, 'You are signed in.');
    expect(page.url()).toBe(at('/accounts/sessions'));
    await page.goto(at('/accounts/profile'));
    await told(page, `${login}@example.com`);
    await look('profile');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await told(page, 'You are signed out.');
    await page.goto(at('/accounts/login'));
    // The provider remembers them.
    await page.getByRole('link', { name: 'Continue with Example ID' }).click();
    await told(page, 'You are signed in.');
    expect(page.url()).toBe(at('/accounts/profile'));
  });

  it('they connect another provider, and disconnect one, but not the last one', async () => {
    plain.claims = { sub: newUsername(), email: 'me@company.example' };
    await page.getByRole('button', { name: 'Connect My Company' }).click();
    await told(page, 'My Company is connected: you can sign in with it.');
    await told(page, 'me@company.example');
    await look('connected');
    await disconnect(page, 'My Company');
    await told(page, 'It is disconnected');
    await told(page, 'the only way to sign in');
    expect(await page.getByRole('button', { name: /^Disconnect/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Delete your account' }).click();
    await told(page, 'Your account has no password yet.');
    await look('no-password');
  });

  it('they sign in there again for what asks for it', async () => {
    await page.goto(at('/accounts/profile'));
    await makeOld(login);
    await page.getByRole('button', { name: 'Connect My Company' }).click();
    await page.getByRole('heading', { name: 'Is it still you?' }).waitFor();
    await look('reauthenticate');
    await page.getByRole('link', { name: 'Continue with Example ID' }).click();
    // Although it remembers them.
    await signInThere(page, login);
    await page.getByRole('heading', { name: 'Your profile' }).waitFor();
    await page.getByRole('button', { name: 'Connect My Company' }).click();
    await told(page, 'My Company is connected');
  });

  it('who changes their mind there is told what to do', async () => {
    const visitor = await browser.newContext({ javaScriptEnabled, viewport });
    const other = await visitor.newPage();
    await other.goto(at('/accounts/login'));
    await other.getByRole('link', { name: 'Continue with Example ID' }).click();
    await other.getByRole('link', { name: '[ Cancel ]' }).click();
    await told(other, 'You did not sign in at Example ID');
    await lookAt(other, `federation-declined-${device}`);
    await other.getByRole('link', { name: 'Try again' }).click();
    await signInThere(other, newUsername());
    await consent(other);
    await told(other, 'You are signed in.');
    await visitor.close();
  });

  it('the address that another browser came back to is of no use, and neither is one that was used [A36]', async () => {
    const attacker = await browser.newContext({ javaScriptEnabled, viewport });
    const begun = await attacker.request.get(at('/accounts/federation/my-company'), {
      maxRedirects: 0,
    });
    plain.claims = { sub: newUsername() };
    const sent = await fetch(begun.headers().location!, { redirect: 'manual' });
    const callback = sent.headers.get('location')!;
    const victim = await browser.newContext({ javaScriptEnabled, viewport });
    const innocent = await victim.newPage();
    await innocent.goto(callback);
    await told(innocent, 'This sign-in is over');
    await lookAt(innocent, `federation-over-${device}`);
    await innocent.goto(at('/accounts/profile'));
    expect(innocent.url()).toContain('/accounts/login');
    const theirs = await attacker.newPage();
    await theirs.goto(callback);
    await told(theirs, 'You are signed in.');
    await theirs.goto(callback);
    await told(theirs, 'This sign-in is over');
    await attacker.close();
    await victim.close();
  });

  it('an administrator adds a provider', async () => {
    const { username, id } = await register(app.http);
    await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [id]);
    const administration = await browser.newContext({
      javaScriptEnabled,
      viewport,
      colorScheme: javaScriptEnabled ? 'light' : 'dark',
    });
    const other = await administration.newPage();
    await other.goto(at('/accounts/login?next=/admin/providers'));
    await other.getByLabel('Username or email address').fill(username);
    await other.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByRole('link', { name: 'Add a provider' }).click();
    await other.getByLabel('Name', { exact: true }).fill(newUsername());
    await other.getByLabel('Issuer').fill(`${added.issuer}/nowhere`);
    await other.getByLabel('Client id').fill(added.clientId);
    await other.getByLabel('Client secret', { exact: true }).fill(added.clientSecret);
    await other.getByRole('button', { name: 'Add the provider' }).click();
    await told(other, 'This is no provider that can be used.');
    await other.screenshot({
      path: `${SCREENSHOTS}/federation-admin-refused-${device}.png`,
      fullPage: true,
    });
    await other.getByLabel('Issuer').fill(added.issuer);
    await other.getByLabel('Client secret', { exact: true }).fill(added.clientSecret);
    await other.getByRole('button', { name: 'Add the provider' }).click();
    await told(other, 'The provider was added');
    await lookAt(other, `federation-admin-provider-${device}`);
    await other.goto(at('/admin/providers'));
    await lookAt(other, `federation-admin-list-${device}`);
    await other.getByRole('link', { name: /^User\d+$/ }).click();
    await other.getByRole('link', { name: 'Delete …' }).click();
    await lookAt(other, `federation-admin-delete-${device}`);
    await other.getByRole('button', { name: 'Delete the provider' }).click();
    await told(other, 'The provider was deleted.');
    await administration.close();
  });
});
