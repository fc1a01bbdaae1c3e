import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { issueToken, PASSWORD, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { pagesFor } from '../support/crawl.js';
import { PHONE, SCREENSHOTS } from '../support/looks.js';
import { freePort } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const WIDE = { width: 1280, height: 800 };
/** Seven lines of text, or six and the padding. */
const HIGHEST_ROW = 170;
const BROADEST_CELL = 640;
const NAME = 'W'.repeat(150);
const ADDRESS = `${'m'.repeat(60)}@${['W', 'M', 'w'].map((one) => one.repeat(60)).join('.')}.example`;

let app: TestApp;
let browser: Browser;
let username: string;
let paths: string[];

beforeAll(async () => {
  const port = String(await freePort());
  app = await startApp({
    PORT: port,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    OIDC_FIXED_ISSUER: `https://${'w'.repeat(60)}.${'w'.repeat(60)}.example/${'w'.repeat(100)}`,
    OIDC_FIXED_CLIENT_ID: 'gatehouse',
    OIDC_FIXED_CLIENT_SECRET: 'a secret',
    OIDC_FIXED_LABEL: 'W'.repeat(100),
  });
  browser = await launchBrowser();
  const { id } = await register(app.http, { username: NAME, email: ADDRESS });
  username = NAME;
  await register(app.http, { username: 'x'.repeat(150), email: 'x@example.com' });
  const { sql } = app.database;
  await sql(`UPDATE users SET first_name = $1, last_name = $1, is_superuser = true`, [NAME]);
  await sql(
    `INSERT INTO roles (name, name_skeleton, description) SELECT one, one, repeat('W', 500)
     FROM unnest($1::text[]) AS one`,
    [[NAME, 'M'.repeat(150), 'w'.repeat(150)]],
  );
  await sql(`INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r`);
  await sql(
    `INSERT INTO permissions (codename, description) VALUES (repeat('w', 49) || '.' || repeat('w', 50), repeat('W', 255))`,
  );
  await sql(`INSERT INTO role_permissions SELECT r.id, p.codename FROM roles r, permissions p
             ON CONFLICT DO NOTHING`);
  await sql(`INSERT INTO user_permissions SELECT u.id, p.codename FROM users u, permissions p`);
  await sql(
    `INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id, user_agent, reason, changes)
     VALUES (now(), repeat('w', 29) || '.' || repeat('w', 30), 'api', repeat('w', 40), repeat('W', 100), repeat('W', 512),
             repeat('w', 60), $1),
            (now(), 'user.updated', 'api', 'user', $2, '', NULL, $1)`,
    [JSON.stringify({ ['W'.repeat(100)]: { old: 'M'.repeat(500), new: ['W'.repeat(500)] } }), id],
  );
  await app.database.settled();
  await sql(`UPDATE mails SET failed_at = now(), last_error = repeat('W', 200)
             WHERE id = (SELECT id FROM mails LIMIT 1)`);
  const visitor = new Visitor(app.http);
  await visitor.post('/accounts/login', { username, password: PASSWORD });
  await sql(`UPDATE sessions SET user_agent = repeat('W', 512)`);
  const pages = await pagesFor(visitor);
  // One page of each kind: the longest names are on all of them.
  const kinds = new Map(
    [...pages]
      .filter(([, { status, text }]) => status === 200 && text)
      .map(([path]) => [path.replaceAll(/[0-9a-f-]{36}|\?.*/g, ''), path]),
  );
  paths = [...kinds.values()];
  paths.push('/dev/mailbox', '/admin/nothing');
  const mailbox = await visitor.get('/dev/mailbox');
  const mails = [...mailbox.text.matchAll(/href="(\/dev\/mailbox\/[^"?]+)"/g)].map(
    (one) => one[1]!,
  );
  paths.push(...mails.slice(0, 3).flatMap((path) => [path, `${path}/html`]));
  const linkToken = await issueToken(app.database, 'reset_password', { id, email: ADDRESS });
  paths.push(`/accounts/password/reset/confirm?token=${linkToken}`);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

it.each([
  ['a wide window', WIDE],
  ['a phone', PHONE],
])(
  'keeps every page as wide as %s, and rows low, whatever others call themselves',
  async (_, viewport) => {
    const context = await browser.newContext({ viewport });
    const page = await context.newPage();
    await page.goto(`${app.http.url}/accounts/login`);
    await page.getByLabel('Username or email address').fill(username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('You are signed in.').waitFor();
    const problems: object[] = [];
    // Otherwise the crawl found nothing to look at.
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      await page.goto(`${app.http.url}${path}`);
      const [width, highest, widest] = (await page.evaluate(`[
      document.documentElement.scrollWidth,
      Math.max(0, ...[...document.querySelectorAll('tbody tr')].map((row) => row.offsetHeight)),
      Math.max(0, ...[...document.querySelectorAll('tbody tr > *')].map((cell) => cell.offsetWidth)),
    ]`)) as [number, number, number];
      const looks = {
        path,
        width: width > viewport.width ? width : 'fits',
        row: highest > HIGHEST_ROW ? highest : 'fits',
        cell: widest > BROADEST_CELL ? widest : 'fits',
      };
      problems.push(
        ...(Object.values(looks).filter((one) => one === 'fits').length === 3 ? [] : [looks]),
      );
      if (path === '/admin/users' || path === '/admin/audit') {
        await page.screenshot({
          path: `${SCREENSHOTS}/long${path.replaceAll('/', '-')}-${viewport.width}.png`,
        });
      }
    }
    expect(problems).toEqual([]);
    await context.close();
  },
);
