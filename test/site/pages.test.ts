import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { DESKTOP, lookAt, PHONE, SCREENSHOTS } from '../support/looks.js';
import { eventually, freePort, startInstance } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const NEW_PASSWORD = 'a brand new passphrase';

let app: TestApp;
let browser: Browser;
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const port = String(await freePort());
  app = await startApp({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

const at = (path: string) => `${app.http.url}${path}`;
const heading = (page: Page) => page.getByRole('heading', { level: 1 });

async function signInBy(page: Page, username: string, password = PASSWORD, remember = false) {
  await page.goto(at('/accounts/login'));
  await page.getByLabel('Username or email address').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  if (remember) await page.getByLabel('Stay signed in on this device').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe.each([
  ['with JavaScript, on a desktop', true, DESKTOP],
  ['without JavaScript, on a phone', false, PHONE],
])('a visitor %s', (name, javaScriptEnabled, viewport) => {
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    context = await browser.newContext({ javaScriptEnabled, viewport });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    complaints = [];
    page.on('console', (message) => {
      // A refused form is answered with 422, which the browser mentions.
      if (message.type() === 'error' && !/status of 4(22|03|04)/.test(message.text())) {
        complaints.push(message.text());
      }
    });
  });
  afterAll(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  const device = javaScriptEnabled ? 'desktop' : 'phone';
  const look = (title: string) => lookAt(page, `${title}-${device}`);

  it('finds their way from the start page to signed out [ASVS 6.2.2, 7.5.2]', async () => {
    const username = newUsername();
    await page.goto(at('/'));
    await look('home');
    await page.getByRole('main').getByRole('link', { name: 'Register' }).click();
    await page.getByLabel('Username', { exact: true }).fill(username);
    await page.getByLabel('Email address', { exact: true }).fill('not an address');
    await page.getByLabel('Password', { exact: true }).fill('1234567');
    if (javaScriptEnabled) await page.getByText('1 more to go').waitFor();
    await page.getByLabel('Password, again', { exact: true }).fill('something else');
    await page.getByRole('button', { name: 'Register' }).click();
    for (const reason of [
      'Enter a valid email address.',
      'This password is too short.',
      'This password is entirely numeric.',
      'The two passwords are not the same.',
    ]) {
      await page.getByText(reason).waitFor();
    }
    expect(await page.getByLabel('Username', { exact: true }).inputValue()).toBe(username);
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
    await page.screenshot({
      path: join(SCREENSHOTS, `register-errors-${device}.png`),
      fullPage: true,
    });

    await page.getByLabel('Email address', { exact: true }).fill(`${username}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password, again', { exact: true }).fill(PASSWORD);
    if (javaScriptEnabled) {
      await page.getByRole('button', { name: /Show the field “Password”/ }).click();
      expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
    }
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByText('Registration successful. You can now log in.').waitFor();
    expect(page.url()).toBe(at('/accounts/login'));
    await page.reload();
    expect(await page.getByText('Registration successful').count()).toBe(0);
    await look('login');

    await signInBy(page, username, 'not my password');
    await page.getByText('The username or password is wrong').waitFor();
    await signInBy(page, `${username}@example.com`);
    await page.getByText('You are signed in.').waitFor();
    expect(page.url()).toBe(at('/accounts/profile'));
    await look('profile');
    await page.getByLabel('First name', { exact: true }).fill('Zoë');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Your profile was changed.').waitFor();
    expect(await page.getByLabel('First name', { exact: true }).inputValue()).toBe('Zoë');

    await page.getByRole('link', { name: 'Change your password' }).click();
    await look('password-change');
    await page.getByLabel('Current password', { exact: true }).fill('not my password');
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('New password, again', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('This is not your current password.').waitFor();
    await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('New password, again', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByText('Your password was changed.').waitFor();

    const elsewhere = await signIn(app.http, username, NEW_PASSWORD);
    await page.getByRole('link', { name: 'Devices', exact: true }).click();
    await look('sessions');
    await page.getByRole('button', { name: /^Sign out node/ }).click();
    await page.getByText('The device is signed out.').waitFor();
    expect((await app.http.as(elsewhere.accessToken).get('/api/users/me')).status).toBe(401);

    await page.goto(at('/accounts/email/change'));
    await look('email-change');
    await page.getByLabel('New email address', { exact: true }).fill(`${username}@example.org`);
    await page.getByLabel('Current password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByText('A mail is on its way to the new address.').waitFor();

    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('You are signed out.').waitFor();
    expect(page.url()).toBe(at('/'));
    // The back button shows nothing of what was there.
    await page.goBack();
    await page.waitForLoadState();
    expect(await page.getByRole('main').textContent()).not.toContain(`${username}@example`);
  });

  it('who is not signed in is sent to the login page and on from there', async () => {
    const { username } = await register(app.http);
    await page.goto(at('/accounts/sessions?from=a%2Fb'));
    expect(page.url()).toBe(at('/accounts/login?next=%2Faccounts%2Fsessions%3Ffrom%3Da%252Fb'));
    await page.getByLabel('Username or email address').fill(username);
    await page.getByLabel('Password', { exact: true }).fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The username or password is wrong').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(at('/accounts/sessions?from=a%2Fb'));
    // Who is signed in has no business at the login page.
    await page.goto(at('/accounts/login?next=/accounts/password/change'));
    expect(page.url()).toBe(at('/accounts/password/change'));
    await page.goto(at('/accounts/register'));
    expect(page.url()).toBe(at('/accounts/profile'));
    await page.goto(at('/accounts/login?next=//evil.example/'));
    expect(page.url()).toBe(at('/accounts/profile'));
  });

  it('deletes their account', async () => {
    await page.goto(at('/accounts/delete'));
    await look('delete');
    await page.getByLabel('Current password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Delete the account' }).click();
    await page.getByText('Your account was deleted.').waitFor();
    await page.goto(at('/accounts/profile'));
    expect(page.url()).toContain('/accounts/login');
  });

  it('sees a page when something is not there', async () => {
    const answer = await page.goto(at('/nothing/here'));
    expect(answer!.status()).toBe(404);
    expect(await heading(page).textContent()).toBe('Not found');
    await look('not-found');
    expect((await app.http.get('/api/nothing', { accept: 'text/html' })).text).toContain('"code"');
  });
});

describe('a session of a browser', () => {
  const newVisitor = async (fields: Record<string, string> = {}) => {
    const { username, id } = await register(app.http);
    const visitor = new Visitor(app.http);
    const answer = await visitor.post('/accounts/login', {
      username,
      password: PASSWORD,
      ...fields,
    });
    expect(answer.status).toBe(303);
    return { visitor, username, id };
  };
  const isSignedIn = async (visitor: Visitor) =>
    (await visitor.get('/accounts/profile')).status === 200;

  it('is kept by a cookie that is signed, HttpOnly and Lax, for the browser session or as long as asked [A29] [ASVS 3.3.2, 3.3.4]', async () => {
    const visitor = new Visitor(app.http);
    const { username } = await register(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const cookie = visitor.attributes.find((one) => one.startsWith('gatehouse-session='))!;
    expect(cookie).toMatch(
      /^gatehouse-session=[\w-]+\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    await visitor.post('/accounts/logout', {});
    await visitor.post('/accounts/login', { username, password: PASSWORD, remember: 'on' });
    const kept = visitor.attributes.find((one) => one.startsWith('gatehouse-session='))!;
    expect(kept).toContain('Max-Age=2592000');
  });

  it('opens pages only: the API knows no cookies, pages know no tokens [ASVS 10.1.1]', async () => {
    const { visitor, username } = await newVisitor();
    expect(await isSignedIn(visitor)).toBe(true);
    expect((await visitor.get('/api/users/me')).status).toBe(401);
    const { accessToken } = await signIn(app.http, username);
    const answer = await app.http.as(accessToken).get('/accounts/profile', { accept: 'text/html' });
    expect(answer.status).toBe(303);
    // Nor is the one good for the other in another way.
    const value = visitor.cookies.get('gatehouse-session')!;
    expect((await app.http.as(value).get('/api/users/me')).status).toBe(401);
    const refresh = await app.http.post('/api/auth/refresh', { refreshToken: value });
    expect(refresh.status).toBe(401);
  });

  it('is found among cookies of the same name that other applications set', async () => {
    const { visitor } = await newVisitor();
    const own = visitor.header;
    const session = visitor.cookies.get('gatehouse-session')!;
    const dead = await newVisitor();
    const ended = dead.visitor.cookies.get('gatehouse-session')!;
    await dead.visitor.post('/accounts/logout', {});
    const foreign = ['', 'x', 'eyJfZnJlc2giOmZhbHNlfQ.Zx1.abc', `${session}x`, ended];
    for (const value of foreign) {
      for (const cookie of [
        `gatehouse-session=${value}; ${own}`,
        `${own}; gatehouse-session=${value}; session=${value}`,
        `session=${value}; gatehouse-form=${value}; ${own}`,
        `gatehouse-form=${value}; gatehouse-form=${value};gatehouse-session=${value};${own}`,
      ]) {
        const send = (path: string, method = 'GET', body?: string) =>
          app.http.send(method, path, body, {
            accept: 'text/html',
            cookie,
            ...(method === 'POST' && {
              'content-type': 'application/x-www-form-urlencoded',
              'sec-fetch-site': 'same-origin',
            }),
          });
        const shown = await send('/accounts/profile');
        expect({ cookie, status: shown.status }).toEqual({ cookie, status: 200 });
        const token = /name="_token" value="([^"]+)"/.exec(shown.text)![1]!;
        const fields = new URLSearchParams({ _token: token, firstName: 'Ann' }).toString();
        expect((await send('/accounts/profile', 'POST', fields)).status).toBe(303);
      }
    }
  });

  it('keeps who signed in before cookies had a prefix, and leaves those of other applications alone', async () => {
    const { visitor } = await newVisitor();
    const session = visitor.cookies.get('gatehouse-session')!;
    const form = visitor.cookies.get('gatehouse-form')!;
    const before = new Visitor(app.http);
    before.cookies.set('session', session);
    before.cookies.set('form', form);
    expect(await isSignedIn(before)).toBe(true);
    expect((await before.post('/accounts/profile', { firstName: 'Ann' })).status).toBe(303);
    await before.post('/accounts/logout', {});
    expect(before.cookies.has('session')).toBe(false);
    const neighbour = await newVisitor();
    neighbour.visitor.cookies.set('session', 'of.another');
    await neighbour.visitor.post('/accounts/logout', {});
    expect(neighbour.visitor.cookies.get('session')).toBe('of.another');
  });

  it('is a new one at every sign-in, whatever cookie was there before [A26] [ASVS 7.2.4]', async () => {
    const { visitor, username } = await newVisitor();
    const first = visitor.cookies.get('gatehouse-session')!;
    const attacker = await newVisitor();
    attacker.visitor.cookies.delete('gatehouse-messages');
    const planted = new Visitor(app.http);
    planted.cookies.set('gatehouse-session', attacker.visitor.cookies.get('gatehouse-session')!);
    planted.cookies.set('gatehouse-form', attacker.visitor.cookies.get('gatehouse-form')!);
    const answer = await planted.post('/accounts/login', { username, password: PASSWORD });
    expect(answer.status).toBe(303);
    expect(planted.cookies.get('gatehouse-session')).not.toBe(
      attacker.visitor.cookies.get('gatehouse-session'),
    );
    // Whoever was signed in with that browser is so no longer.
    expect(await isSignedIn(attacker.visitor)).toBe(false);
    expect(planted.cookies.get('gatehouse-session')).not.toBe(first);
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('ends with a sign-out, a deactivation or a change of password, at once [A27] [A28] [ASVS 7.4.1, 7.4.2]', async () => {
    const out = await newVisitor();
    const copy = new Visitor(app.http);
    for (const [name, value] of out.visitor.cookies) copy.cookies.set(name, value);
    await out.visitor.post('/accounts/logout', {});
    expect(out.visitor.cookies.has('gatehouse-session')).toBe(false);
    expect(await isSignedIn(copy)).toBe(false);
    // Whenever the answer says so, not a moment later.
    for (let i = 0; i < 20; i++) {
      const { visitor: another } = await newVisitor();
      const { cookies } = another;
      const session = cookies.get('gatehouse-session')!;
      await another.post('/accounts/logout', {});
      cookies.set('gatehouse-session', session);
      expect(await isSignedIn(another)).toBe(false);
    }
    for (const change of ['is_active = false', `password_hash = '!' || id`]) {
      const { visitor, id } = await newVisitor();
      await app.database.sql(`UPDATE users SET ${change} WHERE id = $1`, [id]);
      await eventually(async () => !(await isSignedIn(visitor)), change);
    }
  });

  it('is not made up, and not that of another purpose [ASVS 7.2.1]', async () => {
    const { visitor } = await newVisitor();
    const value = visitor.cookies.get('gatehouse-session')!;
    const [encoded, mac] = value.split('.') as [string, string];
    for (const forged of [
      encoded,
      `${encoded}.`,
      `${encoded}.${'A'.repeat(43)}`,
      `${Buffer.from('00000000-0000-4000-8000-000000000000').toString('base64url')}.${mac}`,
      visitor.cookies.get('gatehouse-form')!,
      `${value}x`,
      '.',
      'x'.repeat(4_000),
    ]) {
      const forger = new Visitor(app.http);
      forger.cookies.set('gatehouse-session', forged);
      expect(await isSignedIn(forger)).toBe(false);
    }
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('is extended by being used, and ends when it is not [ASVS 7.3.1]', async () => {
    const { visitor, id } = await newVisitor();
    await app.database.sql(
      `UPDATE sessions SET last_seen_at = now() - interval '1 day',
         idle_expires_at = now() + interval '1 hour' WHERE user_id = $1`,
      [id],
    );
    await eventually(async () => {
      await isSignedIn(visitor);
      const rows = await app.database.sql(
        `SELECT FROM sessions WHERE user_id = $1 AND idle_expires_at > now() + interval '13 days'`,
        [id],
      );
      return rows.length === 1;
    }, 'extended');
    await app.database.sql('UPDATE sessions SET idle_expires_at = now() WHERE user_id = $1', [id]);
    await eventually(async () => !(await isSignedIn(visitor)), 'over');
  });

  it('takes forms with the token of this browser and this session only [A35] [A36] [ASVS 3.5.1, 3.5.2]', async () => {
    const { visitor, id } = await newVisitor();
    const other = await newVisitor();
    const { text } = await visitor.get('/accounts/profile');
    const token = /name="_token" value="([^"]+)"/.exec(text)![1]!;
    const foreign = /name="_token" value="([^"]+)"/.exec(
      (await other.visitor.get('/accounts/profile')).text,
    )![1]!;
    const fields = { firstName: 'Mallory', lastName: '' };
    const statuses = [];
    for (const [form, headers] of [
      [fields, {}],
      [{ ...fields, _token: '' }, {}],
      [{ ...fields, _token: foreign }, {}],
      [{ ...fields, _token: `${token}x` }, {}],
      [{ ...fields, _token: token }, { 'sec-fetch-site': 'cross-site' }],
      [{ ...fields, _token: token }, { 'sec-fetch-site': 'same-site' }],
      [{ ...fields, _token: token }, { 'content-type': 'text/plain' }],
    ] as [Record<string, string>, Record<string, string>][]) {
      statuses.push((await visitor.send('/accounts/profile', form, headers)).status);
    }
    expect(statuses).toEqual([419, 419, 419, 419, 403, 403, 415]);
    const [row] = await app.database.sql('SELECT first_name AS name FROM users WHERE id = $1', [
      id,
    ]);
    expect(row!.name).toBe('');
    // From a tab that was restored: the user caused the request, and no other site did.
    const restored = { 'sec-fetch-site': 'none' };
    const sent = await visitor.send('/accounts/profile', { ...fields, _token: token }, restored);
    expect(sent.status).toBe(303);
    // A form that was opened before the sign-in has expired, and says so.
    const before = new Visitor(app.http);
    const login = (await before.get('/accounts/login')).text;
    const early = /name="_token" value="([^"]+)"/.exec(login)![1]!;
    const { username } = await register(app.http);
    const credentials = { username, password: PASSWORD };
    expect((await before.send('/accounts/login', { ...credentials, _token: early })).status).toBe(
      303,
    );
    const late = await before.send('/accounts/profile', { ...fields, _token: early });
    expect(late.status).toBe(419);
    expect(late.text).toContain('This form has expired');
  });

  it('sends nobody elsewhere after the sign-in [A40] [ASVS 3.7.2]', async () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/accounts/login',
    ]) {
      const { username } = await register(app.http);
      const visitor = new Visitor(app.http);
      const answer = await visitor.post('/accounts/login', { username, password: PASSWORD, next });
      expect({ next, location: answer.headers.get('location') }).toEqual({
        next,
        location: '/accounts/profile',
      });
      const shown = await new Visitor(app.http).get(
        `/accounts/login?next=${encodeURIComponent(next)}`,
      );
      expect(shown.text).not.toContain('name="next"');
    }
  });

  it('shows what strangers wrote as text, and lets no script in that is not ours [A41] [ASVS 1.2.1, 3.4.3]', async () => {
    const { username, id } = await register(app.http);
    const visitor = new Visitor(app.http);
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
    await visitor.post(
      '/accounts/login',
      { username, password: PASSWORD },
      { 'user-agent': `${evil}/1` },
    );
    await app.database.sql('UPDATE users SET first_name = $2, username = $2 WHERE id = $1', [
      id,
      evil,
    ]);
    await eventually(
      async () => (await visitor.get('/accounts/profile')).text.includes('&lt;script>'),
      'the name changed',
    );
    const pages = [
      await visitor.get('/'),
      await visitor.get('/accounts/profile'),
      await visitor.get('/accounts/sessions'),
      await visitor.post('/accounts/profile', { firstName: evil.repeat(5), lastName: evil }),
      await visitor.get(`/${encodeURIComponent(evil)}`),
      await new Visitor(app.http).get(`/accounts/login?next=/${encodeURIComponent(evil)}`),
      await new Visitor(app.http).post('/accounts/login', { username: evil, password: 'x' }),
    ];
    for (const { text, headers } of pages) {
      expect(text).not.toMatch(/<script>|<img/);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('is known by __Host- cookies where there is https [A29] [ASVS 3.3.1, 3.3.3]', async () => {
    const https = await startInstance(app.database.url, {
      PUBLIC_URL: 'https://accounts.example.com',
    });
    try {
      const { headers } = await https.http.get('/accounts/login', { accept: 'text/html' });
      expect(headers.getSetCookie()).toEqual([
        expect.stringMatching(/^__Host-form=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
      // Its mails are for the world, so this machine does not show them.
      expect((await https.http.get('/dev/mailbox')).status).toBe(404);
    } finally {
      await https.stop();
    }
  });

  it('does not show mails to a site that calls this machine its own', async () => {
    const { hostname, port } = new URL(app.http.url);
    expect(hostname).toBe('127.0.0.1');
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(
        { hostname, port, path: '/dev/mailbox', headers: { host: 'evil.example' } },
        (answer) => resolve(answer.statusCode),
      ).end();
    });
    expect(status).toBe(404);
  });

  it('does not show mails to another machine, whatever it calls this one', async () => {
    await register(app.http);
    await app.database.settled();
    const [mail] = await app.database.sql<{ id: string }>('SELECT id FROM mails LIMIT 1');
    const server = app.nest.getHttpAdapter().getInstance();
    const statusOf = async (url: string, remoteAddress: string, headers: object = {}) =>
      (await server.inject({ url, remoteAddress, headers: { host: 'localhost', ...headers } }))
        .statusCode;
    for (const path of ['', `/${mail!.id}`, `/${mail!.id}/html`]) {
      const url = `/dev/mailbox${path}`;
      for (const here of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1']) {
        expect(await statusOf(url, here)).toBe(200);
      }
      for (const there of ['192.0.2.7', '10.0.0.1', '::ffff:192.0.2.7', 'fe80::1', '2001:db8::1']) {
        expect(await statusOf(url, there)).toBe(404);
        // Through a proxy on this machine, which calls it localhost.
        const proxied = { 'x-forwarded-for': `127.0.0.1, ${there}` };
        expect(await statusOf(url, '127.0.0.1', proxied)).toBe(404);
        expect(await statusOf(url, '127.0.0.1', { forwarded: `for="[${there}]"` })).toBe(404);
      }
      const itself = { 'x-forwarded-for': '127.0.0.1' };
      expect(await statusOf(url, '127.0.0.1', itself)).toBe(200);
    }
  });
});
