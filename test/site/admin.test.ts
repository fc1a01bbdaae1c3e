import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { AUDIT_ACTIONS } from '../../src/audit/audit-actions.js';
import { issueToken, newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { DESKTOP, inspect, inspectionPage, PHONE } from '../support/looks.js';
import { eventually, freePort } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  const port = String(await freePort());
  app = await startApp({ PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}` });
});
afterAll(() => app.close());

const newSuperuser = async () => {
  const { username, id } = await register(app.http);
  await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [id]);
  return { username, id };
};

/** A browser in which somebody with exactly these permissions is signed in. */
const visitorWith = async (permissions: string[]) => {
  const { username, id } = await register(app.http);
  await app.database.sql('INSERT INTO user_permissions SELECT $1, * FROM unnest($2::text[])', [
    id,
    permissions,
  ]);
  return { visitor: await visitorOf(username), username, id };
};

const visitorOf = async (username: string) => {
  const visitor = new Visitor(app.http);
  await visitor.post('/accounts/login', { username, password: PASSWORD });
  return visitor;
};

/** Has the sign-in of a session be too long ago for what asks for a recent one. */
const makeOld = async (userId: string, cookie: string) => {
  await app.database.sql(
    `UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE user_id = $1`,
    [userId],
  );
  const probe = new Visitor(app.http);
  probe.cookies.set('gatehouse-session', cookie);
  await eventually(async () => {
    const { headers } = await probe.post('/admin/users/actions/deactivate', { ids: userId });
    return headers.get('location')?.startsWith('/accounts/reauthenticate') ?? false;
  }, 'the sign-in counts as old');
};

const bossVisitor = async () => {
  const boss = await newSuperuser();
  return { ...boss, visitor: await visitorOf(boss.username) };
};

describe.each([
  ['with JavaScript, on a desktop', true, DESKTOP],
  ['without JavaScript, on a phone', false, PHONE],
])('an administrator %s', (_, javaScriptEnabled, viewport) => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    context = await browser.newContext({ javaScriptEnabled, viewport });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 422/.test(message.text())) {
        complaints.push(message.text());
      }
    });
  });
  afterAll(async () => {
    await browser.close();
    expect(complaints).toEqual([]);
  });

  const role = javaScriptEnabled ? 'desk editors' : 'phone editors';
  const at = (path: string) => `${app.http.url}${path}`;
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
  const follow = (name: string, exact = true) =>
    page.getByRole('main').getByRole('link', { name, exact }).click();
  const see = (text: string) => page.getByText(text).first().waitFor();

  it('finds their way from the sign-in to having given a role, and to everything else', async () => {
    const boss = await newSuperuser();
    await page.goto(at('/'));
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Username or email address').fill(boss.username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press('Sign in');
    await page.getByRole('link', { name: 'Administration' }).click();
    await see('new in 7 days');

    // A role, and what it grants.
    await follow('Roles');
    await follow('Add a role');
    await press('Add, and go on');
    await see('This field is required.');
    await page.getByLabel('Name', { exact: true }).fill(role);
    await page.getByLabel('What it is for').fill('Looks after accounts');
    await press('Add, and go on');
    await see('The role was added. Now choose what it grants.');
    await page.getByLabel('users.view', { exact: true }).check();
    await press('Save');
    await see('What the role grants was changed.');
    expect(await page.getByLabel('users.view', { exact: true }).isChecked()).toBe(true);

    // Somebody new, in two steps.
    const username = newUsername();
    await follow('Users');
    await follow('Add a user');
    await page.getByLabel('Username', { exact: true }).fill('not a name');
    await page.getByLabel('Email address').fill('nor an address');
    await press('Add, and go on');
    await see('The username may contain only letters, digits and @ . + - _.');
    await see('Enter a valid email address.');
    expect(await page.getByLabel('Username', { exact: true }).inputValue()).toBe('not a name');
    await page.getByLabel('Username', { exact: true }).fill(username);
    await page.getByLabel('Email address').fill(`${username}@example.com`);
    await press('Add, and go on');
    await see('The account was added. An invitation to choose a password is on its way');
    await see('Invited, not yet accepted. The link works until');
    await see('none that could be used');
    await page.getByLabel('First name').fill('Ada');
    await press('Save');
    await see('The account was changed.');
    expect(await page.getByLabel('First name').inputValue()).toBe('Ada');

    // A link to choose a password.
    await press('Send a link to choose a password …');
    await see('Each gets an email with a link to choose a password.');
    await press('Send a link to choose a password: 1 account');
    await see('1 account sent a link.');

    // The role.
    await follow('Roles and permissions');
    await page.getByLabel(role, { exact: true }).check();
    await press('Save the roles');
    await see('What the account may do was changed.');
    await see(`by the role ${role}`);
    await follow('Sessions');
    await see('Signed in nowhere.');
    await follow('History');
    await see('user.roles_changed');

    // Who has it.
    await follow('Roles');
    await page
      .getByRole('row')
      .filter({ hasText: role })
      .getByRole('link', { name: '1', exact: true })
      .last()
      .click();
    await page.getByRole('link', { name: username, exact: true }).waitFor();
    await follow('Permissions');
    await follow('Who has it: users.view');
    await see('Who holds users.view');
    await page.getByRole('link', { name: username, exact: true }).waitFor();

    // Finding, ordering, and doing one thing to several.
    await page.goto(at('/admin/users'));
    await follow('Added');
    await page.getByRole('columnheader', { name: 'Added ↑' }).waitFor();
    await page.getByLabel('Search').fill(`${username} ada`);
    await press('Find');
    await page.waitForURL(/search=/);
    expect(await page.getByRole('row').count()).toBe(2);
    await page.getByLabel(`Choose ${username}`).check();
    await press('Deactivate …');
    await see('They cannot sign in any more');
    await press('Deactivate: 1 account');
    await see('1 account deactivated.');
    await page.getByText('inactive', { exact: true }).waitFor();
    await press('Delete …');
    await see('They are gone for good');
    await press('Delete: 1 account');
    await see('1 account deleted.');

    // What has happened.
    await follow('Audit trail');
    await page.getByLabel('Who: name or id').fill(boss.username);
    await page.getByLabel('What', { exact: true }).selectOption('user.deleted');
    await press('Find');
    await page.getByRole('cell', { name: 'user.deleted' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await page.getByLabel('Who: name or id').fill('nobody-of-that-name');
    await press('Find');
    await see('There is no user of that name');
    await follow('Mail');
    await see('given up');
    await follow('Routes');

    // And the role goes again, after a look at who loses it.
    await follow('Roles');
    await follow(role);
    await follow('Delete …');
    await see('lose it, and with it');
    await press('Delete the role');
    await see('The role was deleted.');
  });

  it('needs no mouse', async () => {
    const boss = await newSuperuser();
    await context.clearCookies();
    await page.goto(at('/accounts/login?next=/admin'));
    await page.getByLabel('Username or email address').focus();
    await page.keyboard.type(boss.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(at('/admin'));
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    expect(await focused.textContent()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    for (const name of ['Overview', 'Users']) {
      await page.keyboard.press('Tab');
      expect(await focused.textContent()).toBe(name);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(at('/admin/users'));
  });

  it('is asked for the password again before giving power, and goes on from there [ASVS 7.5.3]', async () => {
    const boss = await newSuperuser();
    const { id } = await register(app.http);
    await context.clearCookies();
    await page.goto(at(`/accounts/login?next=/admin/users/${id}/powers`));
    await page.getByLabel('Username or email address').fill(boss.username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Stay signed in on this device').check();
    await press('Sign in');
    await page.getByLabel('admin', { exact: true }).check();
    const cookieOf = async () =>
      (await context.cookies()).find(({ name }) => name === 'gatehouse-session')!;
    const before = await cookieOf();
    await makeOld(boss.id, before.value);
    await press('Save the roles');
    await page.waitForURL(/reauthenticate/);
    const [row] = await app.database.sql(
      'SELECT count(*)::int AS n FROM user_roles WHERE user_id = $1',
      [id],
    );
    expect(row!.n).toBe(0);
    await page.getByLabel('Password', { exact: true }).fill('not my password');
    await press('Go on');
    await see('This is not your current password.');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await press('Go on');
    await page.waitForURL(at(`/admin/users/${id}/powers`));
    await page.getByLabel('admin', { exact: true }).check();
    await press('Save the roles');
    await see('What the account may do was changed.');
    // A new session in the place of the old one, kept as long.
    const after = await cookieOf();
    expect(after.value).not.toBe(before.value);
    expect(after.expires).toBeGreaterThan(Date.now() / 1000 + 86_400);
    const old = new Visitor(app.http);
    old.cookies.set('gatehouse-session', before.value);
    expect((await old.get('/admin')).status).toBe(303);
  });
});

describe.each([
  ['on a desktop, in the light', DESKTOP],
  ['on a phone, in the dark', PHONE],
])('every page, %s, is in order:', (_, viewport) => {
  let browser: Browser;
  let page: Page;
  let id: string;
  let role: string;
  beforeAll(async () => {
    const boss = await newSuperuser();
    browser = await launchBrowser();
    page = await inspectionPage(browser, viewport);
    await page.goto(`${app.http.url}/accounts/login`);
    await page.getByLabel('Username or email address').fill(boss.username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    ({ id } = await register(app.http));
    const visitor = await visitorOf(boss.username);
    await visitor.post(`/admin/users/${id}`, { firstName: 'Ada', lastName: 'Lovelace' });
    const [row] = await app.database.sql<{ id: string }>(
      `SELECT id FROM roles WHERE name = 'admin'`,
    );
    role = row!.id;
    await app.database.sql(
      `UPDATE mails SET failed_at = now(), last_error = '550 no such mailbox'
         WHERE id = (SELECT id FROM mails LIMIT 1)`,
    );
  });

  afterAll(() => browser.close());

  it.each([
    ['overview', () => '/admin'],
    ['users', () => '/admin/users'],
    ['users that are none', () => '/admin/users?search=nobody-is-called-so'],
    ['a filter that is wrong', () => '/admin/users?isActive=perhaps'],
    ['adding a user', () => '/admin/users/add'],
    ['user', () => `/admin/users/${id}`],
    ['what a user may do', () => `/admin/users/${id}/powers`],
    ['sessions of a user', () => `/admin/users/${id}/sessions`],
    ['history of a user', () => `/admin/users/${id}/history`],
    ['roles', () => '/admin/roles'],
    ['adding a role', () => '/admin/roles/add'],
    ['role', () => `/admin/roles/${role}`],
    ['what a role grants', () => `/admin/roles/${role}/permissions`],
    ['deleting a role', () => `/admin/roles/${role}/delete`],
    ['permissions', () => '/admin/permissions'],
    ['audit', () => '/admin/audit'],
    ['mail', () => '/admin/mail'],
    ['routes', () => '/admin/access'],
    ['typing the password again', () => '/accounts/reauthenticate'],
  ])('%s', async (name, path) => {
    await page.goto(`${app.http.url}${path()}`);
    await inspect(page, `admin-${name.replaceAll(' ', '-')}`);
  });

  it('a preview', async () => {
    await page.goto(`${app.http.url}/admin/users/${id}`);
    await page.getByRole('button', { name: 'Delete …' }).click();
    await page.getByText('They are gone for good').waitFor();
    await inspect(page, 'admin-preview');
  });
});

describe('the administration', () => {
  it('is read-only for who may only look', async () => {
    const { visitor } = await visitorWith(['users.view', 'roles.view']);
    const { id } = await register(app.http);
    const [role] = await app.database.sql<{ id: string }>(
      `SELECT id FROM roles WHERE name = 'admin'`,
    );
    for (const path of [
      '/admin',
      '/admin/users',
      `/admin/users/${id}`,
      `/admin/users/${id}/powers`,
      '/admin/roles',
      `/admin/roles/${role!.id}`,
      `/admin/roles/${role!.id}/permissions`,
    ]) {
      const { status, text } = await visitor.get(path);
      expect({ path, status }).toEqual({ path, status: 200 });
      const main = text.slice(text.indexOf('<main'));
      const buttons = [...main.matchAll(/<button[^>]*>([^<]*)/g)].map(([, name]) => name);
      expect({ path, buttons }).toEqual({ path, buttons: path === '/admin/users' ? ['Find'] : [] });
      const usable = [...main.matchAll(/<input[^>]*type="checkbox"[^>]*name="(?!ids)[^>]*>/g)];
      expect(usable.filter(([input]) => !input.includes('disabled'))).toEqual([]);
      expect(main).not.toMatch(/Audit trail|Mail</);
    }
    expect((await visitor.get(`/admin/users/${id}/history`)).status).toBe(403);
  });

  it('is not mentioned to who may not enter', async () => {
    const { visitor } = await visitorWith([]);
    for (const path of ['/', '/accounts/profile']) {
      expect((await visitor.get(path)).text).not.toContain('/admin');
    }
    const { status, text } = await visitor.get('/admin');
    expect(status).toBe(403);
    expect(text).toContain('Ask an administrator to give you one of these permissions');
  });

  it('shows before it does, and the preview changes nothing', async () => {
    const { visitor } = await bossVisitor();
    const one = await register(app.http);
    await signIn(app.http, one.username);
    await signIn(app.http, one.username);
    for (const action of ['deactivate', 'end-sessions', 'reset-password', 'delete']) {
      await visitor.get('/admin');
      const before = await app.database.fingerprint();
      const { status, text } = await visitor.post(`/admin/users/actions/${action}`, {
        ids: one.id,
      });
      expect({ action, status }).toEqual({ action, status: 200 });
      expect(text).toContain(one.username);
      expect(await app.database.fingerprint()).toBe(before);
      const tokens = await signIn(app.http, one.username);
      await app.http.as(tokens.accessToken).post('/api/auth/logout');
    }
    const preview = await visitor.post('/admin/users/actions/delete', { ids: one.id });
    expect(preview.text).toContain('2 sessions end');
  });

  it('does to several what works for each, and tells what does not', async () => {
    const { visitor, id } = await visitorWith(['users.view', 'users.change', 'users.delete']);
    const plain = await register(app.http);
    const superuser = await newSuperuser();
    const ids: [string, string][] = [plain.id, superuser.id, id, plain.id].map((one) => [
      'ids',
      one,
    ]);
    const preview = await visitor.post('/admin/users/actions/delete', ids);
    expect(preview.text.match(/will be left alone/g)).toHaveLength(2);
    expect(preview.text).toContain('Only a superuser makes, changes or deletes a superuser.');
    expect(preview.text).toContain('For your own account use');
    expect(preview.text).toContain('Delete: 1 account');
    await visitor.post('/admin/users/actions/delete', [...ids, ['confirmed', 'yes']]);
    const { text } = await visitor.get('/admin/users');
    expect(text).toContain('1 account deleted.');
    expect(text).toContain(`Left alone: ${superuser.username}. Only a superuser`);
    const left = await app.database.sql('SELECT id FROM users WHERE id = ANY($1)', [
      [plain.id, superuser.id, id],
    ]);
    expect(new Set(left.map((row) => row.id))).toEqual(new Set([superuser.id, id]));
    // The same form once more: what is gone is gone.
    await visitor.post('/admin/users/actions/delete', { ids: plain.id, confirmed: 'yes' });
    expect((await visitor.get('/admin/users')).text).toContain(
      '1 account had been deleted before.',
    );
  });

  it.each([
    ['nothing', {}],
    ['no ids', { ids: 'x' }],
    [
      'too many',
      Array.from({ length: 101 }, (_, i) => [
        'ids',
        `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      ]),
    ],
    ['what is like an object', { 'ids[$gt]': '' }],
  ])('changes nothing when %s was chosen', async (_, fields) => {
    const { visitor } = await bossVisitor();
    await visitor.get('/admin');
    const before = await app.database.fingerprint();
    const confirmed = Array.isArray(fields)
      ? [...fields, ['confirmed', 'yes']]
      : { ...fields, confirmed: 'yes' };
    const answer = await visitor.post(
      '/admin/users/actions/delete',
      confirmed as [string, string][],
    );
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/admin/users');
    expect(await app.database.fingerprint()).toBe(before);
    expect((await visitor.post('/admin/users/actions/explode', {})).status).toBe(404);
  });

  it('does not overwrite what somebody else has changed meanwhile', async () => {
    const { visitor } = await bossVisitor();
    const { id } = await register(app.http);
    const path = `/admin/users/${id}/powers/roles`;
    await app.database.sql(
      `INSERT INTO roles (name) VALUES ('first'), ('second') ON CONFLICT DO NOTHING`,
    );
    // Two have opened the page when the account had no role; each chooses one.
    expect((await visitor.post(path, { roles: 'first' })).status).toBe(303);
    const late = await visitor.post(path, { roles: 'second' });
    expect(late.status).toBe(422);
    expect(late.text).toContain('Somebody else has just changed this.');
    const rows = await app.database.sql(
      'SELECT name FROM roles r JOIN user_roles ur ON ur.role_id = r.id WHERE user_id = $1',
      [id],
    );
    expect(rows).toEqual([{ name: 'first' }]);
    expect(
      (
        await visitor.post(path, [
          ['before', 'first'],
          ['roles', 'second'],
        ])
      ).status,
    ).toBe(303);
  });

  it('offers only what its visitor may hand on, and keeps the rest as it is', async () => {
    const { visitor, id: own } = await visitorWith(['users.view', 'users.change', 'roles.view']);
    const { id } = await register(app.http);
    const { text } = await visitor.get(`/admin/users/${id}/powers`);
    const inputOf = (value: string) =>
      new RegExp(`<input[^>]*type="checkbox"[^>]*value="${value}"[^>]*>`).exec(text)![0];
    expect(inputOf('users.view')).not.toContain('disabled');
    expect(inputOf('users.delete')).toContain('disabled');
    expect(inputOf('admin')).toContain('disabled');
    expect(text).not.toContain('Make a superuser');
    const refused = await visitor.post(`/admin/users/${id}/powers/permissions`, {
      permissions: 'users.delete',
    });
    expect(refused.status).toBe(403);
    const rise = await visitor.post(`/admin/users/${own}/powers/superuser`, { isSuperuser: 'yes' });
    expect(rise.status).toBe(403);
  });

  it('shows what strangers wrote as text [A41]', async () => {
    const { visitor } = await bossVisitor();
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
    const { id, username } = await register(app.http);
    const stranger = new Visitor(app.http);
    await stranger.post(
      '/accounts/login',
      { username, password: PASSWORD },
      { 'user-agent': `${evil}/1` },
    );
    await stranger.post('/accounts/profile', { firstName: evil, lastName: evil });
    await app.database.sql('UPDATE users SET username = $2, email = $2 WHERE id = $1', [id, evil]);
    const [role] = await app.database.sql<{ id: string }>(
      'INSERT INTO roles (name, description) VALUES ($1, $1) RETURNING id',
      [evil],
    );
    await app.database.sql(
      `UPDATE mails SET failed_at = now(), delivered_at = NULL, last_error = $1
       WHERE id = (SELECT id FROM mails LIMIT 1)`,
      [evil],
    );
    for (const path of [
      '/admin',
      '/admin/users',
      `/admin/users?search=${encodeURIComponent(evil)}&role=${encodeURIComponent(evil)}`,
      `/admin/users?order=${encodeURIComponent(evil)}`,
      `/admin/users/${id}`,
      `/admin/users/${id}/powers`,
      `/admin/users/${id}/sessions`,
      `/admin/users/${id}/history`,
      '/admin/roles',
      `/admin/roles/${role!.id}`,
      `/admin/roles/${role!.id}/permissions`,
      `/admin/roles/${role!.id}/delete`,
      '/admin/permissions',
      '/admin/audit',
      `/admin/audit?actor=${encodeURIComponent(evil)}&from=${encodeURIComponent(evil)}`,
      '/admin/mail',
    ]) {
      const { text, headers } = await visitor.get(path);
      expect({ path, type: headers.get('content-type') }).toEqual({
        path,
        type: 'text/html; charset=utf-8',
      });
      expect(text).not.toMatch(/<script>|<img/);
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const preview = await visitor.post('/admin/users/actions/delete', { ids: id });
    expect(preview.text).toContain('&lt;script>');
    expect(preview.text).not.toMatch(/<script>|<img/);
  });

  it('tells how a password is kept, and nothing of it', async () => {
    const { visitor } = await bossVisitor();
    const { id } = await register(app.http);
    const [row] = await app.database.sql<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE id = $1',
      [id],
    );
    const { text } = await visitor.get(`/admin/users/${id}`);
    expect(text).toContain('bcrypt_sha256, cost 4');
    for (let i = 0; i + 6 <= row!.hash.length; i++) {
      const piece = row!.hash.slice(i, i + 6);
      if (!'bcrypt_sha256$$2b$04$'.includes(piece)) expect(text).not.toContain(piece);
    }
  });

  it('refuses filters that mean nothing, and says why', async () => {
    const { visitor } = await bossVisitor();
    for (const [query, reason] of [
      ['isActive=perhaps', 'isActive must be true or false.'],
      [`search=${'x'.repeat(321)}`, 'The search must have at most 320 characters.'],
      ['search=a&search=b', 'The search must be text.'],
      ['cursor=x', 'This is no cursor of this list in this order.'],
      ['order=password_hash', 'The order must be one of'],
    ]) {
      const { status, text } = await visitor.get(`/admin/users?${query}`);
      expect({ query, status }).toEqual({ query, status: 422 });
      expect(text).toContain(reason);
    }
    for (const query of ['from=yesterday', 'to=2026-99-99', 'action=%00', 'actor=a&actor=b']) {
      const { status } = await visitor.get(`/admin/audit?${query}`);
      expect({ query, status }).toEqual({ query, status: 422 });
    }
  });

  it('goes through long lists page by page', async () => {
    const { visitor } = await bossVisitor();
    await app.database.sql(
      `INSERT INTO users (username, username_key, email, email_key, first_name, last_name, password_hash)
       SELECT 'many' || i, 'many' || i, '', '', '', '', '!' FROM generate_series(1, 120) AS i`,
    );
    const seen: string[] = [];
    let path = '/admin/users?search=many';
    while (path) {
      const { text } = await visitor.get(path);
      seen.push(...[...text.matchAll(/aria-label="Choose (many\d+)"/g)].map(([, name]) => name!));
      path = (/href="([^"]*)" rel="next"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
    }
    expect(new Set(seen).size).toBe(120);
    expect(seen).toHaveLength(120);
  });

  it('has mails that were given up tried again', async () => {
    const { visitor } = await bossVisitor();
    await register(app.http);
    await app.database.settled();
    const [mail] = await app.database.sql<{ id: string }>(
      `UPDATE mails SET failed_at = now(), delivered_at = NULL, attempts = 3,
         last_error = '550 no such mailbox'
       WHERE id = (SELECT id FROM mails WHERE failed_at IS NULL LIMIT 1) RETURNING id`,
    );
    const { text } = await visitor.get('/admin/mail');
    expect(text).toContain('550 no such mailbox');
    expect(text).toContain('3 attempts');
    await visitor.post(`/admin/mail/${mail!.id}/retry`);
    expect((await visitor.get('/admin/mail')).text).toContain('1 mail is tried again.');
    await eventually(async () => {
      const rows = await app.database.sql(
        'SELECT FROM mails WHERE id = $1 AND delivered_at IS NOT NULL',
        [mail!.id],
      );
      return rows.length === 1;
    }, 'delivered');
    await visitor.post(`/admin/mail/${mail!.id}/retry`);
    expect((await visitor.get('/admin/mail')).text).toContain('There is no such mail any more.');
  });

  it('keeps what others have changed since a form was opened', async () => {
    const { visitor } = await bossVisitor();
    const { id, username, email } = await register(app.http);
    const path = `/admin/users/${id}`;
    const shown = Object.fromEntries(
      [...(await visitor.get(path)).text.matchAll(/name="(shown\.\w+)" value(?:="([^"]*)")?/g)].map(
        ([, name, value]) => [name!, value ?? ''],
      ),
    );
    expect(shown).toEqual({
      'shown.username': username,
      'shown.email': email,
      'shown.firstName': '',
      'shown.lastName': '',
    });
    const form = { ...shown, username, email, firstName: '', lastName: '' };
    await app.database.sql(
      `UPDATE users SET email = $2::text, email_key = $2::text, email_verified_at = now(), last_name = 'Brown'
       WHERE id = $1`,
      [id, `moved-${email}`],
    );
    expect((await visitor.post(path, { ...form, firstName: 'Ada' })).status).toBe(303);
    const read = async () => {
      const [row] = await app.database.sql(
        `SELECT email, email_verified_at IS NOT NULL AS proven, first_name AS first, last_name AS last
         FROM users WHERE id = $1`,
        [id],
      );
      return row;
    };
    const expected = { email: `moved-${email}`, proven: true, first: 'Ada', last: 'Brown' };
    expect(await read()).toEqual(expected);
    const late = await visitor.post(path, { ...form, email: 'third@example.com', lastName: 'V' });
    expect(late.status).toBe(422);
    expect(late.text).toContain('Somebody else has just changed this.');
    expect(await read()).toEqual(expected);
    await visitor.post(path, { ...form });
    expect((await visitor.get(path)).text).toContain('Nothing was changed.');
  });

  it('asks for a recent sign-in where an address, and with it the password, could be taken over', async () => {
    const { visitor, id: own } = await bossVisitor();
    const { id, username } = await register(app.http);
    await makeOld(own, visitor.cookies.get('gatehouse-session')!);
    const before = await app.database.fingerprint('audit_events');
    const referer = `${app.http.url}/admin/users/${id}`;
    for (const [path, fields] of [
      [`/admin/users/${id}`, { username, email: 'attacker@example.com' }],
      ['/admin/users/actions/reset-password', { ids: id, confirmed: 'yes' }],
      ['/admin/users/actions/delete', { ids: id, confirmed: 'yes' }],
      [`/admin/users/${id}/powers/superuser`, { isSuperuser: 'yes' }],
    ] as const) {
      for (const [from, next] of [
        [referer, `/admin/users/${id}`],
        ['http://[', '/'],
        ['http://evil.example/admin/users', '/'],
      ] as const) {
        const answer = await visitor.post(path, fields, { referer: from });
        expect(answer.status).toBe(303);
        expect(answer.headers.get('location')).toBe(
          `/accounts/reauthenticate?next=${encodeURIComponent(next)}`,
        );
      }
    }
    expect(await app.database.fingerprint('audit_events')).toBe(before);
  });

  it('has one session at a time, however often the password is typed again at once', async () => {
    const { visitor, id } = await bossVisitor();
    const token = /name="_token" value="([^"]+)"/.exec((await visitor.get('/admin')).text)![1]!;
    const again = () => {
      const copy = new Visitor(app.http);
      for (const [name, value] of visitor.cookies) copy.cookies.set(name, value);
      return copy.send('/accounts/reauthenticate', { _token: token, password: PASSWORD });
    };
    const answers = await Promise.all(Array.from({ length: 8 }, again));
    const locations = answers.map(({ headers }) => headers.get('location'));
    expect(locations.filter((location) => location!.startsWith('/accounts/login'))).toHaveLength(7);
    const alive = await app.database.sql(
      'SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL',
      [id],
    );
    expect(alive).toHaveLength(1);
    // Who was signed out meanwhile does not stay by it.
    const out = await bossVisitor();
    await app.database.sql('UPDATE sessions SET ended_at = now() WHERE user_id = $1', [out.id]);
    const stale = await out.visitor.post('/accounts/reauthenticate', { password: PASSWORD });
    expect(stale.headers.get('location')).toMatch(/^\/accounts\/login/);
  });

  it('keeps nobody from their own account by a slip, and says when there is nothing to do', async () => {
    const { visitor, username, id } = await bossVisitor();
    const { id: other } = await register(app.http);
    const both: [string, string][] = [id, other].map((one) => ['ids', one]);
    const preview = await visitor.post('/admin/users/actions/deactivate', both);
    expect(preview.text).toContain('you would lock yourself out');
    await visitor.post('/admin/users/actions/deactivate', [...both, ['confirmed', 'yes']]);
    const { text } = await visitor.get('/admin/users');
    expect(text).toContain('1 account deactivated.');
    expect(text).toContain(`Left alone: ${username}.`);
    await visitor.post('/admin/users/actions/deactivate', { ids: other });
    const again = await visitor.get(`/admin/users/${other}`);
    expect(again.text).toContain('It is inactive already.');
    await visitor.post('/admin/users/actions/activate', { ids: id });
    const active = await visitor.get(`/admin/users/${id}`);
    expect(active.text).toContain('It is active already.');
    for (const isSuperuser of ['', 'maybe']) {
      const answer = await visitor.post(`/admin/users/${id}/powers/superuser`, { isSuperuser });
      expect(answer.status).toBe(422);
    }
  });

  it('finds accounts by name in the trail for those only who may look accounts up', async () => {
    const { visitor } = await visitorWith(['audit.view']);
    const { email, username, id } = await register(app.http);
    for (const name of [email, username]) {
      expect((await visitor.get(`/admin/audit?subject=${name}`)).status).toBe(422);
    }
    const { status, text } = await visitor.get(`/admin/audit?subject=${id}`);
    expect(status).toBe(200);
    expect(text).toContain('user.registered');
    expect(text).not.toContain(`href="/admin/users/`);
  });

  it('shows every action of the audit trail in words, and nothing unchanged as a change', async () => {
    const { visitor, id } = await bossVisitor();
    const values = [
      { provider: 'google', identity: { issuer: 'https://id.example', subject: '17' } },
      [{ name: 'first' }, { name: 'second' }],
      ['editor', 'reader'],
      [],
      {},
      true,
      false,
      0,
      17,
      '',
      'words',
      null,
    ];
    const changes = Object.fromEntries(
      values.map((value, i) => [`field${i}`, { old: value, new: values[(i + 1) % values.length] }]),
    );
    const same = Object.fromEntries(
      values.map((value, i) => [`same${i}`, { old: value, new: value }]),
    );
    for (const action of Object.keys(AUDIT_ACTIONS)) {
      const [event] = await app.database.sql<{ id: string }>(
        `INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id, changes)
         VALUES (now(), $1, 'system', 'user', $2, $3) RETURNING id`,
        [action, id, JSON.stringify({ ...changes, ...same })],
      );
      await app.database.sql(
        `INSERT INTO audit_personal_changes (event_id, user_id, changes) VALUES ($1, $2, $3)`,
        [event!.id, id, JSON.stringify({ personal: changes.field0 })],
      );
      const { text } = await visitor.get(`/admin/audit?action=${action}&subject=${id}`);
      const details = /<ul class="list-unstyled mb-0 small">.*?<\/ul>/s.exec(text)![0];
      const read = details.replaceAll(/<[^>]*>/g, '').replaceAll('&quot;', '"');
      expect({ action, read }).not.toMatchObject({ read: expect.stringMatching(/[{}"[\]]|null/) });
      const shown = [...details.matchAll(/<li>(.*?)<\/li>/g)].map(([, item]) => item!);
      expect(shown).toHaveLength(2 * values.length + 1);
      for (const item of shown.filter((one) => one.startsWith('same'))) {
        expect({ action, item }).not.toMatchObject({ item: expect.stringMatching(/<del>|<ins>/) });
      }
    }
  });

  it('records the address that was proven, not a change of what stayed the same', async () => {
    const { visitor } = await bossVisitor();
    const { id, email } = await register(app.http);
    const token = await issueToken(app.database, 'prove_email', { id, email });
    expect((await app.http.post('/api/account/email/verify', { token })).status).toBeLessThan(300);
    const { text } = await visitor.get(`/admin/audit?subject=${id}&action=user.email_verified`);
    expect(text).toContain(`<ins>${email}</ins>`);
    expect(text).not.toContain(`<del>${email}</del>`);
  });

  it('shows times and days of filters in the zone of the reader, and in UTC without a script', async () => {
    const boss = await newSuperuser();
    const action = 'zone.test';
    for (const at of ['2026-11-21T04:59:00Z', '2026-11-21T05:01:00Z', '2026-11-22T04:59:00Z']) {
      await app.database.sql(
        `INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id, changes)
         VALUES ($1, $2, 'system', 'user', $3, '{}')`,
        [at, action, boss.id],
      );
    }
    const browser = await launchBrowser();
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({
        javaScriptEnabled,
        timezoneId: 'America/New_York',
      });
      const page = await context.newPage();
      await page.goto(`${app.http.url}/accounts/login?next=/admin/audit`);
      await page.getByLabel('Username or email address').fill(boss.username);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      const zone = javaScriptEnabled ? 'America/New_York' : 'UTC';
      await page.getByLabel(`From (${zone})`).fill('2026-11-21');
      await page.getByLabel(`To (${zone})`).fill('2026-11-21');
      await page.getByLabel('To whom: name or id').fill(boss.id);
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByLabel(`From (${zone})`).waitFor();
      const times = page.locator('tbody time');
      expect(await times.allTextContents()).toEqual(
        javaScriptEnabled
          ? ['2026-11-21 23:59', '2026-11-21 00:01']
          : ['2026-11-21 05:01 UTC', '2026-11-21 04:59 UTC'],
      );
      expect(await times.first().getAttribute('title')).toBe(
        javaScriptEnabled ? '2026-11-22 04:59 UTC' : null,
      );
      await context.close();
    }
    await browser.close();
  });

  it.each(['Mars/Olympus', 'x'.repeat(5000), '%00', 'UTC&zone=UTC'])(
    'refuses a zone that is none (%#)',
    async (zone) => {
      const { visitor } = await bossVisitor();
      const { status, text } = await visitor.get(`/admin/audit?from=2026-11-21&zone=${zone}`);
      expect(status).toBe(422);
      expect(text).toContain('There is no such time zone.');
    },
  );

  it('keeps roles that are too many to be shown', async () => {
    const { visitor } = await bossVisitor();
    const { id } = await register(app.http);
    await app.database.sql(
      `INSERT INTO roles (name) SELECT 'a' || i FROM generate_series(1, 1005) AS i
       UNION ALL SELECT 'zz last'`,
    );
    await app.database.sql(
      `INSERT INTO user_roles SELECT $1, id FROM roles WHERE name IN ('admin', 'zz last')`,
      [id],
    );
    const { text } = await visitor.get(`/admin/users/${id}/powers`);
    const form = text.slice(text.indexOf('/powers/roles'), text.indexOf('/powers/permissions'));
    const inputs = [...form.matchAll(/<input([^>]*)>/g)]
      .map(([, input]) => input!)
      .filter((input) => input.includes('type="hidden"') || / checked/.test(input))
      .filter((input) => !input.includes('_token'));
    const fields = inputs.map((input): [string, string] => [
      /name="([^"]*)"/.exec(input)![1]!,
      /value="([^"]*)"/.exec(input)![1]!,
    ]);
    expect((await visitor.post(`/admin/users/${id}/powers/roles`, fields)).status).toBe(303);
    const roles = await app.database.sql(
      'SELECT name FROM roles r JOIN user_roles ur ON ur.role_id = r.id WHERE user_id = $1 ORDER BY 1',
      [id],
    );
    expect(roles.map(({ name }) => name)).toEqual(['admin', 'zz last']);
    await app.database.sql(`DELETE FROM roles WHERE name LIKE 'a%' AND name <> 'admin'`);
  });
});
