import vm from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD, register } from '../support/accounts.js';
import { type Session, superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { problem } from '../support/http.js';
import { type Operation, operationsOf } from '../support/openapi.js';
import { browserOf } from '../support/page-cookies.js';
import { FORMS, NOBODY, ROUTES } from '../support/route-table.js';

const FORM = 'application/x-www-form-urlencoded';
/** What was never a column here, and would be one elsewhere. */
const ELSEWHERE = [
  'isAdmin',
  'is_staff',
  'admin',
  'role',
  'groups',
  'tenant',
  'tenantId',
  'owner',
  'ownerId',
  '_id',
  '$where',
];

describe('what nobody may write', () => {
  let app: TestApp;
  let boss: Session;
  let writes: (Operation & { body: Record<string, unknown> })[];
  let columns: string[];
  let before: string;

  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' });
    boss = await superuserSession(app);
    const operations = await operationsOf(app.http, NOBODY);
    writes = operations.flatMap(({ body, ...rest }) => (body ? [{ ...rest, body }] : []));
    const rows = await app.database.sql<{ name: string }>(
      `SELECT DISTINCT column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const camel = (name: string) =>
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    columns = [...new Set([...rows.flatMap(({ name }) => [name, camel(name)]), ...ELSEWHERE])];
    before = await app.database.fingerprint();
  });
  afterAll(() => app.close());

  const unchanged = async () => expect(await app.database.fingerprint()).toBe(before);
  const send = (operation: Operation, body: unknown) =>
    boss.http.send(operation.method, operation.path, body);

  it('is every column that an operation does not name, all at once or one by one [A83] [ASVS 8.2.3, 15.3.3]', async () => {
    expect(writes.length).toBeGreaterThan(15);
    expect(columns.length).toBeGreaterThan(100);
    const risky = [
      'isSuperuser',
      'is_superuser',
      'roles',
      'permissions',
      'id',
      'emailVerifiedAt',
      'passwordHash',
      'createdAt',
    ];
    for (const operation of writes) {
      const foreign = columns.filter((name) => !(name in operation.body));
      const all = Object.fromEntries(foreign.map((name) => [name, true]));
      const answer = await send(operation, { ...operation.body, ...all });
      expect(answer.status).toBe(422);
      const unknown = problem(answer).errors.filter(({ code }) => code === 'unknown_field');
      expect(unknown.map(({ field }) => field).toSorted()).toEqual(foreign.toSorted());
      for (const name of risky.filter((one) => !(one in operation.body))) {
        const { status } = await send(operation, { ...operation.body, [name]: true });
        expect({ ...operation, name, status }).toEqual({ ...operation, name, status: 422 });
      }
    }
    await unchanged();
  });

  it('is not written by being put inside of something else [A83] [A91]', async () => {
    const inner = { isSuperuser: true, is_superuser: true, roles: ['admin'] };
    for (const operation of writes) {
      for (const name of [
        ...Object.keys(operation.body),
        'user',
        'account',
        'data',
        'attributes',
      ]) {
        const { status } = await send(operation, { ...operation.body, [name]: inner });
        expect({ ...operation, name, status }).toEqual({ ...operation, name, status: 422 });
      }
      for (const list of [[operation.body], [inner]]) {
        expect((await send(operation, list)).status).toBe(422);
      }
    }
    await unchanged();
  });

  it('is not searched for by an operator in the place of a value [A90] [ASVS 2.2.1, 15.3.5]', async () => {
    const operators: unknown[] = [
      { $ne: null },
      { _type: 'not', _value: null },
      { '@instanceof': 'Symbol(FindOperator)', type: 'not' },
      { length: 1, 0: 'x' },
      true,
      0,
      null,
    ];
    for (const operation of writes) {
      for (const name of Object.keys(operation.body)) {
        const isFlag = /^(is|trusts)[A-Z]/.test(name);
        for (const value of operators.filter((one) => !isFlag || one !== true)) {
          const answer = await send(operation, { ...operation.body, [name]: value });
          const what = { path: operation.path, name, value: JSON.stringify(value) };
          expect({ ...what, status: answer.status }).toEqual({ ...what, status: 422 });
        }
      }
    }
    await unchanged();
  });

  it('is not chosen by the user that a body, a query or a header names [A84]', async () => {
    const [victim, mallory] = [await register(app.http), await newSession(app.http)];
    const named = {
      userId: victim.id,
      user_id: victim.id,
      id: victim.id,
      username: victim.username,
      sub: victim.id,
    };
    const query = new URLSearchParams(named).toString();
    const headers = {
      'x-user-id': victim.id,
      'x-user': victim.username,
      'x-forwarded-user': victim.username,
    };
    for (const { method, address, isPage, isPublic } of ROUTES) {
      if (isPage || isPublic || method !== 'GET') continue;
      const without = await app.http.get(`${address}?${query}`, headers);
      expect(without.status).toBe(401);
      const own = await mallory.http.get(`${address}?${query}`, headers);
      expect([200, 403, 422]).toContain(own.status);
      expect(own.text).not.toContain(victim.email);
    }
    const change = { firstName: 'Taken' };
    // An unknown parameter of the query is refused; a header is ignored.
    for (const [asked, expected] of [
      [`?${query}`, [422, 422]],
      ['', [200, 204]],
    ] as const) {
      const patched = await mallory.http.send('PATCH', `/api/users/me${asked}`, change, headers);
      const ended = await mallory.http.send(
        'DELETE',
        `/api/account/sessions${asked}`,
        undefined,
        headers,
      );
      expect([patched.status, ended.status]).toEqual(expected);
    }
    const [row] = await app.database.sql<{ name: string }>(
      'SELECT first_name AS name FROM users WHERE id = $1',
      [victim.id],
    );
    expect(row!.name).toBe('');
    before = await app.database.fingerprint();
  });

  it('is not written by the fields that a form does not show [A83] [ASVS 15.3.3]', async () => {
    const { accessToken, user } = await newSession(app.http);
    const { cookie, formToken } = browserOf(accessToken);
    const every = Object.fromEntries(columns.map((name) => [name, 'true']));
    const sent = {
      ...every,
      username: newUsername(),
      email: 'form@example.com',
      firstName: 'Form',
      lastName: 'Er',
      password: PASSWORD,
      passwordConfirm: PASSWORD,
    };
    const row = async () =>
      (
        await app.database.sql(
          `SELECT to_jsonb(u) - '{first_name,last_name,last_login_at,updated_at}'::text[] AS rest FROM users u WHERE id = $1`,
          [user.id],
        )
      )[0]!.rest;
    const own = await row();
    for (const { address, who } of FORMS) {
      if (!/^(everybody|signed-in users)$/.test(who) || /logout|delete|login|reauth/.test(address))
        continue;
      const form = new URLSearchParams({ ...sent, _token: formToken });
      const headers = {
        accept: 'text/html',
        cookie,
        'content-type': FORM,
        'sec-fetch-site': 'same-origin',
      };
      expect((await app.http.send('POST', address, form.toString(), headers)).status).toBeLessThan(
        500,
      );
    }
    expect(await row()).toEqual(own);
    const [added] = await app.database.sql(
      `SELECT is_superuser AS super, is_active AS active, email_verified_at AS verified FROM users WHERE username = $1`,
      [sent.username],
    );
    expect(added ?? { super: false, active: true, verified: null }).toEqual({
      super: false,
      active: true,
      verified: null,
    });
  });

  it('is no prototype, and nothing is gained by giving a parameter twice [A93] [ASVS 1.5.2, 15.3.6, 15.3.7]', async () => {
    const { cookie } = browserOf(boss.accessToken);
    const queries = [
      '__proto__[polluted]=1',
      'a[__proto__][polluted]=1',
      'constructor[prototype][polluted]=1',
      '__proto__=1&polluted=1',
      'limit=1&limit=2',
      'search=a&search=b',
      'search[$ne]=1',
      'search[]=1',
      'next=/a&next=//evil.example',
      'order=username&order=password',
      'limit=1e309',
      'limit=-1',
      'limit=9007199254740993',
      'limit=0x10',
      'page=-1',
      'cursor=%00',
      'cursor=W10',
      'cursor=e30',
      'cursor=bnVsbA',
    ];
    for (const [i, { method, address, isPage }] of ROUTES.entries()) {
      if (method !== 'GET') continue;
      // A third of them for each route.
      for (const query of queries.filter((_, j) => (i + j) % 3 === 0)) {
        const headers = { cookie, accept: 'text/html' };
        const answer = isPage
          ? await app.http.get(`${address}?${query}`, headers)
          : await boss.http.get(`${address}?${query}`);
        expect({ address, query, isFailure: answer.status >= 500 }).toEqual({
          address,
          query,
          isFailure: false,
        });
        expect(answer.headers.get('location') ?? '/').not.toMatch(/^\/\/|evil/);
      }
    }
    const poisoned = [
      '{"__proto__":{"polluted":1}}',
      '{"a":{"__proto__":{"polluted":1}}}',
      '{"constructor":{"prototype":{"polluted":1}}}',
    ];
    for (const { method, path } of writes) {
      for (const text of poisoned) {
        const answer = await boss.http.send(method, path, text, {
          'content-type': 'application/json',
        });
        expect(answer.status).toBe(400);
      }
    }
    // Of the application, which lives outside of the sandbox of this test.
    expect(vm.runInThisContext('({}).polluted')).toBeUndefined();
  });

  it('does not become possible by its size: long values are refused, whatever they are made of [A96] [ASVS 1.3.3, 2.3.2]', async () => {
    before = await app.database.fingerprint();
    const killers = [
      'a'.repeat(60_000),
      `${'a'.repeat(50_000)}!`,
      `a@${'a.'.repeat(25_000)}`,
      `${'a-'.repeat(25_000)}\u0000`,
      '%'.repeat(50_000),
      '('.repeat(50_000),
      '\u0301'.repeat(25_000),
    ];
    for (const operation of writes) {
      for (const name of Object.keys(operation.body)) {
        for (const value of killers) {
          const { status } = await send(operation, { ...operation.body, [name]: value });
          // A secret that is far too long to be one is merely wrong.
          expect({
            path: operation.path,
            name,
            is: [400, 401, 422].includes(status) ? 'refused' : status,
          }).toEqual({ path: operation.path, name, is: 'refused' });
        }
      }
    }
    await unchanged();
  });
});
