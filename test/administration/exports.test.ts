import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { type Session, sessionWith, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { problem } from '../support/http.js';
import { linksIn } from '../support/html.js';
import { join } from 'node:path';
import { ROOT } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const COUNT = 250;
/** What people call themselves, and the cell that an export makes of it. */
const NAMES: [name: string, cell: string][] = [
  ['=HYPERLINK("http://evil.example","x")', `'=HYPERLINK("http://evil.example","x")`],
  ['+1', `'+1`],
  ['-1', `'-1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['＝1+1', `'＝1+1`],
  ['＠x', `'＠x`],
  ['  =1', `'  =1`],
  ['"=1"', `'"=1"`],
  ['\t1', `'\t1`],
  ['\r\n1', `'\r\n1`],
  ['a "quoted", b; c\r\nd', 'a "quoted", b; c\r\nd'],
  ["O'Brien", "O'Brien"],
  ['Zoë 😀', 'Zoë 😀'],
];

let app: TestApp;
let boss: Session;
beforeAll(async () => {
  app = await startApp();
  boss = await superuserSession(app);
  await app.database.sql(
    `INSERT INTO users (username, username_key, email, email_key, first_name, last_name, password_hash, is_active)
     SELECT name, name, name || '@example.com', name || '@example.com',
            ($1::text[])[1 + i % ${NAMES.length}], 'Hostile', 'a secret hash', i % 10 <> 0
     FROM (SELECT i, 'u' || lpad(i::text, 3, '0') AS name FROM generate_series(1, ${COUNT}) i) AS one`,
    [NAMES.map(([name]) => name)],
  );
  await app.database.sql(`INSERT INTO roles (name) VALUES ('broken'), ('writer')`);
  await app.database.sql(
    `INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r
     WHERE r.name = 'writer' AND u.username LIKE 'u_5%' OR r.name = 'broken' AND u.username = 'u250'`,
  );
  // More events than one page has.
  await app.database.sql(
    `INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id, user_agent, reason, changes)
     SELECT now(), 'export.tested', 'system', 'thing', 'x' || i, '=1+1', 'because', '{"a":{"old":"\\"b\\",","new":"=1"}}'
     FROM generate_series(1, ${COUNT}) i`,
  );
});
afterAll(() => app.close());

/** The records of a file, with the names of its columns; strict about what RFC 4180 says. */
function recordsOf(text: string): Record<string, string>[] {
  expect(text).toMatch(/^(?:(?:"(?:[^"]|"")*",)*"(?:[^"]|"")*"\r\n)+$/);
  const rows: string[][] = [[]];
  for (const [, cell, end] of text.matchAll(/"((?:[^"]|"")*)"(,|\r\n)/g)) {
    rows.at(-1)!.push(cell!.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
  }
  const [names, ...records] = rows.slice(0, -1);
  return records.map((cells) => {
    expect(cells).toHaveLength(names!.length);
    return Object.fromEntries(cells.map((cell, i) => [names![i]!, cell]));
  });
}

const exported = async (list: 'users' | 'audit-events', query = '') => {
  const { status, text } = await boss.http.get(`/api/${list}/export?${query}`);
  expect({ status, text }).toMatchObject({ status: 200 });
  return recordsOf(text);
};

/** The ids of all pages of a list. */
async function idsOf(list: 'users' | 'audit-events', query: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const more: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const path: string = `/api/${list}?limit=100&${query}${more}`;
    const { body } = await boss.http.get<{ items: { id: string }[]; nextCursor: string | null }>(
      path,
    );
    ids.push(...body.items.map(({ id }) => id));
    cursor = body.nextCursor;
  }
  return ids;
}

const exportEvents = () =>
  app.database.sql<{ action: string; actor: string; filters: string[] }>(
    `SELECT action, actor_id AS actor, changes #> '{filters,new}' AS filters FROM audit_events
     WHERE action LIKE '%.exported' ORDER BY id`,
  );

describe('an export', () => {
  it('is a CSV file to download, which no cache keeps', async () => {
    for (const [path, name] of [
      ['/api/users/export', 'users'],
      ['/api/audit-events/export', 'audit'],
    ] as const) {
      const answer = await fetch(new URL(path, app.http.url), {
        headers: { authorization: `Bearer ${boss.accessToken}` },
      });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('content-disposition')).toMatch(
        new RegExp(String.raw`^attachment; filename="${name}-\d{4}-\d\d-\d\d\.csv"$`),
      );
      // Excel reads UTF-8 only with a byte order mark.
      expect([...new Uint8Array(await answer.arrayBuffer()).slice(0, 4)]).toEqual([
        0xef, 0xbb, 0xbf, 0x22,
      ]);
    }
  });

  it('has every account once, with formulas disarmed and without secrets [ASVS 1.2.10]', async () => {
    const records = await exported('users', 'search=hostile');
    const names = records.map(({ username }) => username);
    expect(names).toEqual(
      Array.from({ length: COUNT }, (_, i) => `u${String(i + 1).padStart(3, '0')}`),
    );
    for (const [i, { firstName, email }] of records.entries()) {
      expect(firstName).toBe(NAMES[(i + 1) % NAMES.length]![1]);
      expect(email).toBe(`${names[i]}@example.com`);
    }
    expect(Object.keys(records[0]!)).toEqual(
      'id username email emailVerified firstName lastName isActive isSuperuser roles createdAt lastLoginAt'.split(
        ' ',
      ),
    );
    expect(records[49]).toMatchObject({
      emailVerified: 'false',
      isActive: 'false',
      isSuperuser: 'false',
      roles: 'writer',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      lastLoginAt: '',
    });
    expect(JSON.stringify(records)).not.toContain('a secret hash');
  });

  it('has every event once, with its changes as JSON', async () => {
    const records = await exported('audit-events', 'action=export.tested');
    expect(new Set(records.map(({ subjectId }) => subjectId)).size).toBe(COUNT);
    expect(records).toHaveLength(COUNT);
    const { id, occurredAt, changes, ...rest } = records[0]!;
    expect(id).toMatch(/^\d+$/);
    expect(occurredAt).toMatch(/Z$/);
    expect(JSON.parse(changes!)).toEqual({ a: { old: '"b",', new: '=1' } });
    expect(rest).toEqual({
      action: 'export.tested',
      origin: 'system',
      actorId: '',
      actorUsername: '',
      subjectType: 'thing',
      subjectId: `x${COUNT}`,
      subjectName: '',
      ip: '',
      userAgent: "'=1+1",
      requestId: '',
      reason: 'because',
    });
  });

  it.each([
    'isActive=false',
    'isActive=true&search=hostile',
    'isSuperuser=true',
    'role=writer',
    'role=nothing',
    'permission=users.view',
    'order=-createdAt',
    'search=hostile&order=-email',
  ])('of users has what the list has, in its order: %s', async (query) => {
    const ids = (await exported('users', query)).map(({ id }) => id);
    expect(ids).toEqual(await idsOf('users', query));
  });

  it('of events has what the list has, in its order', async () => {
    const now = new Date().toISOString();
    for (const query of [
      'subjectType=thing',
      'subjectId=x7',
      `actorId=${boss.user.id}&to=${now}`,
      `from=${now}&action=export.tested`,
      `to=${now}`,
    ]) {
      const ids = (await exported('audit-events', query)).map(({ id }) => id);
      expect({ query, ids }).toEqual({ query, ids: await idsOf('audit-events', query) });
    }
  });

  it('is for the permission of the list, and takes no page: else nothing is recorded', async () => {
    const before = await exportEvents();
    const { http: plain } = await newSession(app.http);
    const [users, audit] = [
      await sessionWith(app, ['users.view']),
      await sessionWith(app, ['audit.view']),
    ];
    for (const [path, other] of [
      ['/api/users/export', audit.http],
      ['/api/audit-events/export', users.http],
    ] as const) {
      expect((await app.http.get(path)).status).toBe(401);
      expect((await plain.get(path)).status).toBe(403);
      expect((await other.get(path)).status).toBe(403);
      for (const query of ['limit=1', 'cursor=x', 'unknown=1', 'role=a%0Ab', 'from=x']) {
        const answer = await boss.http.get(`${path}?${query}`);
        expect(answer.status).toBe(422);
        expect(problem(answer).code).toBe('validation_failed');
        expect(answer.headers.has('content-disposition')).toBe(false);
      }
    }
    expect(await exportEvents()).toEqual(before);
    expect((await users.http.get('/api/users/export')).status).toBe(200);
    expect((await audit.http.get('/api/audit-events/export')).status).toBe(200);
  });

  it('is an event with the names of its filters, before the first byte', async () => {
    await exported('users', 'search=hostile&isActive=true&order=-email');
    expect((await exportEvents()).at(-1)).toEqual({
      action: 'users.exported',
      actor: boss.user.id,
      filters: ['isActive', 'search'],
    });
    const records = await exported('audit-events', 'subjectType=audit');
    expect(records[0]).toMatchObject({
      action: 'audit.exported',
      actorUsername: boss.username,
      subjectId: 'all',
    });
    expect(JSON.parse(records[0]!.changes!)).toEqual({
      filters: { old: null, new: ['subjectType'] },
    });
  });

  it('breaks off where a later page fails, and never ends as if it were whole', async () => {
    await app.database.sql(`
      ALTER TABLE roles RENAME TO kept_roles;
      CREATE VIEW roles AS SELECT id, description,
        CASE WHEN name = 'broken' THEN (1 / (length(name) - 6))::text ELSE name END AS name FROM kept_roles`);
    try {
      // The account with that role is on the third page.
      await expect(boss.http.get('/api/users/export?search=hostile')).rejects.toThrow();
      // On the first page it is a failure with a status.
      const answer = await boss.http.get('/api/users/export?search=u250');
      expect(answer.status).toBe(500);
      expect(problem(answer).code).toBe('internal_error');
      expect(answer.headers.has('content-disposition')).toBe(false);
    } finally {
      await app.database.sql('DROP VIEW roles; ALTER TABLE kept_roles RENAME TO roles');
    }
    expect(await exported('users', 'search=hostile')).toHaveLength(COUNT);
  });
});

describe('the pages of lists', () => {
  const visitorOf = async ({ username }: Session) => {
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    return visitor;
  };

  it('link to the export of what they show', async () => {
    const visitor = await visitorOf(boss);
    for (const [path, query, count] of [
      ['/admin/users', 'search=hostile&isActive=false', 25],
      ['/admin/users', 'role=writer&order=-email', 21],
      ['/admin/audit', 'action=export.tested', COUNT],
      ['/admin/audit', 'action=export.tested&subject=nobody', undefined],
      ['/admin/audit', 'action=export.tested&from=2020-01-01&to=2020-01-02&zone=Europe%2FParis', 0],
    ] as const) {
      const { text } = await visitor.get(`${path}?${query}`);
      const link = linksIn(text).find((one) => one.startsWith(`${path}/export`));
      if (count === undefined) {
        expect(link).toBeUndefined();
        continue;
      }
      const answer = await visitor.get(link!);
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      expect({ query, count: recordsOf(answer.text).length }).toEqual({ query, count });
    }
    const refused = await visitor.get('/admin/audit/export?zone=Nowhere&from=2020-01-01');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('There is no such time zone.');
    const [, origin] = await app.database.sql<{ origin: string }>(
      `SELECT DISTINCT origin FROM audit_events WHERE action LIKE '%.exported' ORDER BY origin`,
    );
    expect(origin).toEqual({ origin: 'page' });
  });

  it('send a visitor who may not elsewhere', async () => {
    const stranger = await new Visitor(app.http).get('/admin/users/export');
    expect(stranger.status).toBe(303);
    expect(stranger.headers.get('location')).toMatch(/^\/accounts\/login\?next=/);
    const visitor = await visitorOf(await sessionWith(app, ['users.view']));
    expect((await visitor.get('/admin/audit/export')).status).toBe(403);
  });

  it('download the file in a browser', async () => {
    const browser = await launchBrowser();
    const page = await browser.newPage();
    await page.goto(`${app.http.url}/accounts/login?next=/admin/users`);
    await page.getByLabel('Username or email address').fill(boss.username);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    for (const [path, name, width, colorScheme] of [
      ['/admin/users?search=hostile', 'users', 1280, 'light'],
      ['/admin/audit', 'audit', 390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.goto(`${app.http.url}${path}`);
      await page.screenshot({ path: join(ROOT, `test-results/export-${name}.png`) });
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Export CSV' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toMatch(new RegExp(String.raw`^${name}-[\d-]{10}\.csv$`));
      expect(readFileSync(await file.path(), 'utf8')).toMatch(/^\uFEFF"id",/);
    }
    await browser.close();
  });
});
