import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { type Operation, operationsOf } from '../support/openapi.js';
import { browserOf } from '../support/page-cookies.js';
import { FORMS, NOBODY, ROUTES } from '../support/route-table.js';

type Query = (statement: string | { text: string }, ...rest: unknown[]) => unknown;
const { default: pg } = await built<{ default: { Client: { prototype: { query: Query } } } }>('pg');

const CANARY = 'c4n4ry';
/** What would end the string, the statement or the template that it is put into. */
const PAYLOADS = [
  `${CANARY}' OR '1'='1`,
  `${CANARY}'; DROP TABLE users; --`,
  `${CANARY}\\' OR 1=1 --`,
  `${CANARY}\u02bc OR 1=1`,
  `$1${CANARY}$2`,
  `${CANARY}$$; SELECT pg_sleep(20); $$`,
];
const TEXT = `{{7*7}} \${7*7} #{7*7} <%= 7*7 %> %s %d %n %x $\{jndi:x} &lt;b&gt; %3Cb%3E &amp; 'q' "q"`;

describe('what somebody writes', () => {
  let app: TestApp;
  let boss: Session;
  let operations: Operation[];
  let pageHeaders: Record<string, string>;
  let formToken: string;
  const statements = new Set<string>();
  const { query } = pg.Client.prototype;

  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' });
    boss = await superuserSession(app);
    operations = await operationsOf(app.http, NOBODY);
    const browser = browserOf(boss.accessToken);
    pageHeaders = { accept: 'text/html', cookie: browser.cookie, 'sec-fetch-site': 'same-origin' };
    ({ formToken } = browser);
    pg.Client.prototype.query = function record(this: unknown, statement, ...rest) {
      statements.add(typeof statement === 'string' ? statement : statement.text);
      return query.call(this as never, statement, ...rest);
    };
  });
  afterAll(async () => {
    pg.Client.prototype.query = query;
    await app.close();
  });

  /** Puts a text everywhere: paths, queries, bodies, forms, headers. Returns the failures. */
  const spray = async (payload: string): Promise<string[]> => {
    const failed: string[] = [];
    const encoded = encodeURIComponent(payload);
    const note = (what: string, status: number) => {
      if (status >= 500) failed.push(`${what} ${status}`);
    };
    const headers = { 'user-agent': payload, referer: `/${encoded}`, 'x-forwarded-for': payload };
    const ascii = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replaceAll(/[^ -~]/g, '?')]),
    );
    for (const { method, path, query: names, body } of operations) {
      if (path === '/api/auth/logout') continue;
      const address = path.replace(NOBODY, encoded);
      const search = names.map((name) => `${name}=${encoded}`);
      // One by one, as a value that is refused hides the others.
      for (const one of method === 'GET' ? [...search, ''] : ['']) {
        const all =
          body &&
          Object.fromEntries(
            Object.entries(body).map(([name, example]) => [
              name,
              Array.isArray(example) ? [payload] : payload,
            ]),
          );
        note(
          `${method} ${address}`,
          (await boss.http.send(method, `${address}?${one}`, all, ascii)).status,
        );
      }
    }
    for (const { method, path, isPage } of ROUTES) {
      if (!isPage || method !== 'GET') continue;
      const address = path.replace(/:(id|name|action)/, encoded);
      const names = [
        'search',
        'role',
        'order',
        'cursor',
        'next',
        'action',
        'actorId',
        'token',
        'from',
        'isActive',
        encoded,
      ];
      const search = names.map((name) => `${name}=${encoded}`).join('&');
      note(
        address,
        (await app.http.get(`${address}?${search}`, { ...pageHeaders, ...ascii })).status,
      );
    }
    return failed;
  };

  it('is never a part of a statement, but a value in it [A90] [ASVS 1.2.4, 1.1.1]', async () => {
    const failed = [];
    for (const payload of PAYLOADS) failed.push(...(await spray(payload)));
    // Where most of it is accepted and comes to be stored and looked for.
    const [first, second] = PAYLOADS;
    const stored = await boss.http.patch('/api/users/me', { firstName: first, lastName: second });
    expect(stored.body).toMatchObject({ firstName: first, lastName: second });
    const email = `${CANARY}'or'1'='1@example.com`;
    const user = await boss.http.post('/api/users', { username: CANARY, email, firstName: first });
    expect(user.status).toBe(201);
    expect(await app.database.sql('SELECT FROM roles WHERE name = $1', [first])).toHaveLength(1);
    const roles = await boss.http.put(`/api/users/${String(user.body.id)}/roles`, {
      roles: [first],
    });
    expect(roles.status).toBe(200);
    const found = await boss.http.get<{ items: object[] }>(
      `/api/users?search=${encodeURIComponent(first!)}`,
    );
    expect(found.body.items).toHaveLength(1 + 1);
    await app.database.settled();

    expect(failed).toEqual([]);
    expect(statements.size).toBeGreaterThan(40);
    expect([...statements].filter((text) => text.includes(CANARY))).toEqual([]);
  });

  it('is kept and shown as it was written, once decoded and once escaped; templates and formats in it do nothing [ASVS 1.1.1, 1.1.2, 1.3.7, 1.3.10, 1.2.3]', async () => {
    const fields = { firstName: TEXT, lastName: `</script>"\\` };
    expect((await boss.http.patch('/api/users/me', fields)).body).toMatchObject(fields);
    const [row] = await app.database.sql<{ name: string }>(
      'SELECT first_name AS name FROM users WHERE id = $1',
      [boss.user.id],
    );
    expect(row!.name).toBe(TEXT);
    const { text } = await app.http.get('/accounts/profile', pageHeaders);
    const value =
      /name="firstName"[^>]*? value="([^"]*)"/.exec(text) ??
      /value="([^"]*)"[^>]*? name="firstName"/.exec(text);
    const decoded = value![1]!
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
    expect(decoded).toBe(TEXT);
    // Random tokens may contain any two digits.
    expect(text.replaceAll(/name="_token" value="[^"]*"/g, '')).not.toContain('49');
    expect(text).not.toContain('</script>"');
    for (const script of text.match(/<script[^>]*>/g)!) expect(script).toMatch(/ src="\/assets\//);
  });

  it('is text on every page, whatever it looks like [A41] [ASVS 1.2.1, 1.2.2, 1.3.3]', async () => {
    const marks = [
      '<c4n4ry>',
      '"onmouseover="c4n4ry',
      "'onfocus='c4n4ry",
      '</title><c4n4ry>',
      '<!--c4n4ry',
      'javascript:c4n4ry',
      '&#60;c4n4ry&#62;',
    ];
    await app.database.sql('UPDATE users SET first_name = $2, last_name = $3 WHERE id = $1', [
      boss.user.id,
      marks[0],
      marks[1],
    ]);
    for (const [i, { address, method, isPage }] of ROUTES.entries()) {
      if (!isPage || (method !== 'GET' && !FORMS.some((form) => form.address === address)))
        continue;
      // A third of them for each page.
      for (const mark of marks.filter((_, j) => (i + j) % 3 === 0)) {
        const encoded = encodeURIComponent(mark);
        const names = [
          'next',
          'search',
          'role',
          'order',
          'cursor',
          'action',
          'token',
          'username',
          'email',
        ];
        const search = names.map((name) => `${name}=${encoded}`).join('&');
        const headers = { ...pageHeaders, 'user-agent': mark, referer: mark };
        const form = new URLSearchParams({
          _token: formToken,
          username: mark,
          email: mark,
          name: mark,
          firstName: mark,
          password: PASSWORD,
          next: mark,
        });
        const isLasting = /logout|delete|end-others/.test(address);
        if (method === 'POST' && isLasting) continue;
        const { text } =
          method === 'GET'
            ? await app.http.get(`${address}?${search}`, headers)
            : await app.http.send('POST', address, form.toString(), {
                ...headers,
                'content-type': 'application/x-www-form-urlencoded',
              });
        expect(text).not.toMatch(/<c4n4ry|<!--c4n4ry|&#60;c4n4ry/);
        expect(text).not.toMatch(/\s(onmouseover|onfocus)=.?c4n4ry/);
        expect(text).not.toMatch(/(href|src|action|formaction)="\s*javascript:/i);
      }
    }
  });
});
