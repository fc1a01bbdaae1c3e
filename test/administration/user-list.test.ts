import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { UserQueryDto } from '../../src/administration/users/user-query.dto.js';
import { superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { problem } from '../support/http.js';

const { plainToInstance } = await built<typeof import('class-transformer')>('class-transformer');
const { UserListService } = await built<
  typeof import('../../src/administration/users/user-list.service.js')
>('src/administration/users/user-list.service.js');
const { UserQueryDto: Query } = await built<
  typeof import('../../src/administration/users/user-query.dto.js')
>('src/administration/users/user-query.dto.js');

interface Item {
  id: string;
  username: string;
  email: string;
  createdAt: string;
  isActive: boolean;
}
interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

const MANY = 50_000;
/** Accounts in a wide range of times, one in a thousand inactive, one in a hundred with the role. */
const ADD_MANY = `
  INSERT INTO users (username, username_key, email, email_key, first_name, last_name, password_hash,
                     is_active, created_at)
  SELECT 'u' || i, 'u' || i, 'mail' || md5(i::text) || '@example.com',
         'mail' || md5(i::text) || '@example.com', 'First' || i % 5000, 'Last' || i % 7000, '!',
         i % 1000 <> 0, now() - (i % 5000) * interval '1 hour'
  FROM generate_series(1, ${MANY}) AS i`;

describe('the list of users', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp();
    boss = await superuserSession(app);
    await app.database.sql(`
      INSERT INTO users (username, username_key, email, email_key, first_name, last_name, password_hash,
                         is_active, created_at)
      VALUES ('Zoe', 'zoe', 'zoe@Example.org', 'zoe@example.org', 'Zoë', 'Smithson', '!', true, '2026-01-01 10:00:00.123456Z'),
             ('adam', 'adam', 'adam@example.net', 'adam@example.net', 'Adam', 'Smith', '!', false, '2026-01-01 10:00:00.123457Z'),
             ('eve', 'eve', 'shared@example.net', 'shared@example.net', 'Eve', 'Jones', '!', true, '2026-01-01 10:00:00.123457Z'),
             ('bob_%', 'bob_%', 'shared@example.net', 'shared@example.net', 'Bob', '', '!', true, '2025-01-01 10:00:00Z')`);
    await app.database.sql(`INSERT INTO roles (name) VALUES ('writer'), ('reader')`);
    await app.database.sql(
      `INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r
       WHERE r.name = 'writer' AND u.username IN ('adam', 'eve')`,
    );
    // By a role, directly, and to somebody inactive.
    await app.database.sql(
      `INSERT INTO role_permissions SELECT id, 'audit.view' FROM roles WHERE name = 'writer'`,
    );
    await app.database.sql(
      `INSERT INTO user_permissions SELECT id, 'audit.view' FROM users WHERE username IN ('adam', 'bob_%')`,
    );
  });
  afterAll(() => app.close());

  const list = async (query: string) => {
    const { status, body, text } = await boss.http.get<{
      items: Item[];
      nextCursor: string | null;
    }>(`/api/users?${query}`);
    expect({ status, text }).toEqual({ status: 200, text });
    return body;
  };
  const names = async (query: string) => (await list(query)).items.map(({ username }) => username);

  it('shows whole accounts by username', async () => {
    const { items, nextCursor } = await list('');
    expect(nextCursor).toBe(null);
    expect(items.map(({ username }) => username)).toEqual([
      'adam',
      'bob_%',
      'eve',
      boss.username,
      'Zoe',
    ]);
    expect(items[0]).toEqual({
      id: expect.any(String),
      username: 'adam',
      email: 'adam@example.net',
      emailVerified: false,
      firstName: 'Adam',
      lastName: 'Smith',
      roles: ['writer'],
      permissions: [],
      isActive: false,
      invitedAt: null,
      isSuperuser: false,
      createdAt: '2026-01-01T10:00:00.123Z',
      lastLoginAt: null,
    });
  });

  it.each([
    ['search=smith', ['adam', 'Zoe']],
    ['search=SMITH', ['adam', 'Zoe']],
    ['search=mithso', ['Zoe']],
    ['search=smith%20zoe', ['Zoe']],
    ['search=zo%C3%AB', ['Zoe']],
    ['search=example.net', ['adam', 'bob_%', 'eve']],
    ['search=shared@example.net', ['bob_%', 'eve']],
    ['search=hared@example.net%20eve', ['eve']],
    ['search=d@example.net', ['bob_%', 'eve']],
    ['search=@example.net', ['adam', 'bob_%', 'eve']],
    ['search=zoe@EXAMPLE.org', ['Zoe']],
    ['search=adam@example.org', []],
    ['search=x.shared@example.net', []],
    ['search=ev', ['eve']],
    ['search=v', []],
    ['search=b_%25', ['bob_%']],
    ['search=%25', []],
    ['search=o%25b', []],
    ['search=nobody', []],
    ['search=%20%20', ['adam', 'bob_%', 'eve', 'user0001', 'Zoe']],
    ['search=%27%20OR%201%3D1', []],
    ['role=writer', ['adam', 'eve']],
    ['role=nothing', []],
    ['isActive=false', ['adam']],
    ['isSuperuser=true', ['user0001']],
    ['isSuperuser=false&role=writer', ['adam', 'eve']],
    ['permission=audit.view', ['bob_%', 'eve', 'user0001']],
    ['permission=nothing.like-that', ['user0001']],
    ['isActive=true&role=writer', ['eve']],
    ['order=-username&limit=2', ['Zoe', 'user0001']],
    ['order=email', ['adam', 'bob_%', 'eve', 'user0001', 'Zoe']],
    ['order=createdAt&search=example.net', ['bob_%', 'adam', 'eve']],
  ])('finds with %s', async (query, expected) => {
    const found = await names(query);
    // Accounts of one address or one moment come in the order of their ids.
    expect(query.startsWith('order') ? found.toSorted() : found).toEqual(
      query.startsWith('order') ? expected.toSorted() : expected,
    );
  });

  it.each(
    ['username', 'email', 'createdAt'].flatMap((by) => [
      [by, 5, ''],
      [`-${by}`, 5, ''],
      [by, 3, '&search=example.net'],
      [`-${by}`, 3, '&search=example.net'],
    ]),
  )('pages in the order %s through all %d of them once%s', async (order, count, search) => {
    const all = await names(`order=${order}${search}`);
    const paged: string[] = [];
    let cursor = '';
    do {
      const { items, nextCursor } = await list(`order=${order}&limit=1${search}${cursor}`);
      paged.push(...items.map(({ username }) => username));
      cursor = nextCursor ? `&cursor=${encodeURIComponent(nextCursor)}` : '';
    } while (cursor);
    expect(paged).toEqual(all);
    expect(new Set(paged).size).toBe(count);
  });

  it('refuses what it does not understand, naming it [A93] [ASVS 1.4.2, 2.2.1, 15.3.7]', async () => {
    const { nextCursor } = await list('limit=1');
    const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const id = '00000000-0000-4000-8000-000000000000';
    for (const [query, field] of [
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=1e1', 'limit'],
      ['limit=', 'limit'],
      ['order=password', 'order'],
      ['order=username;drop', 'order'],
      ['isActive=1', 'isActive'],
      ['isSuperuser=1', 'isSuperuser'],
      ['permission=a&permission=b', 'permission'],
      ['search=a&search=b', 'search'],
      ['role=a&role=b', 'role'],
      ['search[x]=1', 'search[x]'],
      [`search=${'x'.repeat(321)}`, 'search'],
      ['cursor=x', 'cursor'],
      [`cursor=${nextCursor}&order=email`, 'cursor'],
      [`cursor=${forged(['users by username', 'a'])}`, 'cursor'],
      [`cursor=${forged(['users by username', 'a', 'b'])}`, 'cursor'],
      [`cursor=${forged(['users by username', 'a\0', id])}`, 'cursor'],
      [`cursor=${forged(['users by username', { $gt: '' }, id])}`, 'cursor'],
      [`cursor=${forged(['users by createdAt', 'now', id])}&order=createdAt`, 'cursor'],
      [
        `cursor=${forged(['users by createdAt', '2026-99-99 99:99:99+00', id])}&order=createdAt`,
        'cursor',
      ],
      [
        `cursor=${forged(['users by createdAt', '2026-01-01 00:00:00+23', id])}&order=createdAt`,
        'cursor',
      ],
      ['passwordHash=x', 'passwordHash'],
    ]) {
      const answer = await boss.http.get(`/api/users?${query}`);
      expect({ query, status: answer.status }).toEqual({ query, status: 422 });
      expect(problem(answer).errors.map((error) => error.field)).toEqual([field]);
    }
  });

  describe('of fifty thousand', () => {
    beforeAll(async () => {
      await app.database.sql(ADD_MANY);
      await app.database.sql(
        `INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r
         WHERE r.name = CASE WHEN u.username LIKE 'u%000' THEN 'writer' ELSE 'reader' END
           AND u.username LIKE 'u%0'`,
      );
      await app.database.sql(
        `INSERT INTO user_permissions SELECT id, 'users.view' FROM users WHERE username LIKE 'u%5'`,
      );
      // As autovacuum leaves it: unsorted entries of a GIN index make reading the whole table look cheap.
      await app.database.sql('VACUUM ANALYZE');
    });

    const scansOf = ({ Plans = [], ...node }: Plan): string[] => [
      ...(node['Node Type'] === 'Seq Scan' ? [`Seq Scan on ${node['Relation Name']}`] : []),
      ...Plans.flatMap(scansOf),
    ];
    const indexesOf = ({ Plans = [], ...node }: Plan): string[] => [
      ...(node['Index Name'] ? [node['Index Name']] : []),
      ...Plans.flatMap(indexesOf),
    ];
    const roleIdOf = async (name?: string) => {
      const [role] = await app.database.sql<{ id: string }>(
        'SELECT id FROM roles WHERE name = $1',
        [name],
      );
      return role?.id;
    };
    const rolesGranting = async (permission?: string) => {
      const rows = await app.database.sql<{ id: string }>(
        'SELECT role_id AS id FROM role_permissions WHERE permission_codename = $1',
        [permission],
      );
      return rows.map(({ id }) => id);
    };
    const deepCursor = async (order: string) =>
      (await list(`order=${order}&limit=100`)).nextCursor!;

    it.each<[Partial<UserQueryDto>, string]>([
      [{}, 'users_username_key'],
      [{ order: '-username' }, 'users_username_key'],
      [{ order: 'email' }, 'users_email_idx'],
      [{ order: '-email' }, 'users_email_idx'],
      [{ order: 'createdAt' }, 'users_created_idx'],
      [{ order: '-createdAt' }, 'users_created_idx'],
      [{ search: 'u1234' }, 'users_search_idx'],
      [{ search: 'first12 last9' }, 'users_search_idx'],
      [{ search: 'example.com' }, 'users_username_key'],
      [{ search: 'nobody-has-this' }, 'users_search_idx'],
      [{ search: 'nobody-has-this', order: '-createdAt' }, 'users_search_idx'],
      [{ isActive: 'true' }, 'users_username_key'],
      [{ isActive: 'false' }, 'users_inactive_idx'],
      [{ isSuperuser: 'true' }, 'users_superusers_idx'],
      [{ isSuperuser: 'false' }, 'users_username_key'],
      [{ permission: 'audit.view' }, 'users_superusers_idx'],
      [{ role: 'writer' }, 'user_roles_role_idx'],
      [{ role: 'reader' }, 'user_roles_pkey'],
      [{ role: 'admin' }, 'user_roles_role_idx'],
    ])('never reads the table from end to end: %j by %s', async (query, index) => {
      const order = query.order ?? 'username';
      for (const page of [{}, { cursor: await deepCursor(order) }]) {
        const request = plainToInstance(Query, { order, ...query, ...page });
        const [text, values] = app.nest
          .get(UserListService)
          .queryFor(request, await roleIdOf(query.role), await rolesGranting(query.permission))
          .getQueryAndParameters();
        const [row] = await app.database.sql<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `EXPLAIN (FORMAT JSON) ${text}`,
          values,
        );
        const plan = row!['QUERY PLAN'][0].Plan;
        if (!('cursor' in page)) expect(indexesOf(plan)).toContain(index);
        const scans = scansOf(plan);
        // The few roles and permissions are read whole, which is right.
        expect(scans.filter((scan) => /users|user_/.test(scan))).toEqual([]);
      }
    });
  });
});
