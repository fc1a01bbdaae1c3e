import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../support/accounts.js';
import { superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { problem } from '../support/http.js';
import { ROUTES } from '../support/route-table.js';
import { Visitor } from '../support/visitor.js';

const { IdentityProvidersService } = await built<
  typeof import('../../src/federation/identity-providers.service.js')
>('src/federation/identity-providers.service.js');
const { FederatedIdentitiesService } = await built<
  typeof import('../../src/federation/federated-identities.service.js')
>('src/federation/federated-identities.service.js');
const { DataSource } = await built<typeof import('typeorm')>('typeorm');

const ROWS = 5_000;
const MOST = 100;
/** A hundred of the largest rows, with all that a page has around them. */
const MOST_BYTES = 400_000;

/** So many rows of everything that a list shows. `$1` is an account. */
const FILL = [
  'ALTER TABLE sessions DISABLE TRIGGER sessions_end_surplus',
  `INSERT INTO users (username, username_key, email, email_key, password_hash)
   SELECT 'many' || n, 'many' || n, '', '', '!' FROM generate_series(1, ${ROWS}) AS n`,
  `INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                         idle_expires_at, absolute_expires_at)
   SELECT $1::uuid, now(), now(), now(), '{pwd}', '127.0.0.1', repeat('x', 512), now() + interval '1 d', now() + interval '1 d'
   FROM generate_series(1, ${ROWS})`,
  `INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
   SELECT $1::uuid, 'https://many.example', n, repeat('x', 254), now(), now() FROM generate_series(1, ${ROWS}) AS n`,
  `INSERT INTO identity_providers (name, label, issuer, client_id, sealed_client_secret, scopes)
   SELECT 'many-' || n, 'Many ' || n, 'https://many' || n || '.example', 'x', '', 'openid' FROM generate_series(1, ${ROWS}) AS n`,
  `INSERT INTO roles (name, description, name_skeleton)
   SELECT 'many' || n, repeat('x', 500), 'many' || n FROM generate_series(1, ${ROWS}) AS n`,
  `INSERT INTO permissions (codename, description)
   SELECT 'many.x' || n, repeat('x', 255) FROM generate_series(1, ${ROWS}) AS n`,
  // Two that everything has: a permission that all roles grant, and a role that all accounts have.
  `INSERT INTO role_permissions SELECT id, 'many.x1' FROM roles WHERE name LIKE 'many%'`,
  `INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r WHERE r.name = 'many1' AND u.username LIKE 'many%'`,
  `INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id, user_agent)
   SELECT now(), 'user.updated', 'api', $1::uuid, 'user', $1::uuid, repeat('x', 512) FROM generate_series(1, ${ROWS})`,
  `INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id)
   SELECT now(), 'role.updated', 'api', $1::uuid, 'role', r.id
   FROM roles r, generate_series(1, ${ROWS}) WHERE r.name = 'many1'`,
  ...['failed_at', 'delivered_at'].map(
    (
      column,
    ) => `INSERT INTO mails (id, message_id, template, sealed_content, created_at, queued_at, last_error, ${column})
     SELECT gen_random_uuid(), '', 'verify_email', '', now(), now(), repeat('x', 500), now() FROM generate_series(1, ${ROWS})`,
  ),
  'ANALYZE',
];

/** Pages that only who comes by a link from an email sees. */
const WITH_A_LINK = [
  '/accounts/email/undo',
  '/accounts/email/verify',
  '/accounts/password/reset/confirm',
];
/** Lists of which there is one page, because there are never more: another limit says so. */
const WHOLE = new Set([
  '/api/account/identities',
  '/api/auth/federation',
  '/api/identity-providers',
]);

interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
}
type Responses = Record<string, { content?: { 'application/json'?: { schema?: Schema } } }>;
interface OpenApi {
  paths: Record<string, { get?: { parameters?: { name: string }[]; responses: Responses } }>;
  components: { schemas: Record<string, Schema> };
}
interface List {
  items: { id?: string; codename?: string; name?: string }[];
  nextCursor: string | null;
}

/** What a program reads of it: the rows of tables and lists, and what can be chosen. */
const countsOn = (html: string) =>
  Object.fromEntries(
    ['<tr', '<li', '<option', 'type="checkbox"', '<button', 'class="list-group-item'].map((one) => [
      one,
      html.split(one).length - 1,
    ]),
  );

describe('a list of what there are thousands of', () => {
  let app: TestApp;
  let boss: Session;
  let documented: OpenApi;
  beforeAll(async () => {
    app = await startApp({ SWAGGER: 'on' });
    boss = await superuserSession(app);
    for (const statement of FILL) {
      await app.database.sql(statement, statement.includes('$1') ? [boss.user.id] : []);
    }
    documented = (await app.http.get<OpenApi & object>('/docs/openapi.json')).body;
  });
  afterAll(() => app.close());

  const idOf = async (path: string) => {
    if (!path.includes('roles')) return boss.user.id;
    const [role] = await app.database.sql<{ id: string }>(
      `SELECT id FROM roles WHERE name = 'many1'`,
    );
    return role!.id;
  };

  const resolve = (schema: Schema = {}): Schema =>
    schema.$ref ? resolve(documented.components.schemas[schema.$ref.split('/').at(-1)!]) : schema;

  /** Operations that answer with several items, as their documentation says. */
  const lists = () =>
    Object.entries(documented.paths).flatMap(([path, { get }]) => {
      const schema = resolve(get?.responses['200']?.content?.['application/json']?.schema);
      const isList = schema.type === 'array' || schema.properties?.items !== undefined;
      return isList
        ? [{ path, schema, names: get!.parameters?.map(({ name }) => name) ?? [] }]
        : [];
    });

  it('answers with at most 100 of them at every operation of the API that lists something [ASVS 2.3.2, 15.2.2]', async () => {
    const found = lists();
    expect(found.map(({ path }) => path).toSorted()).toEqual([
      '/api/account/identities',
      '/api/account/sessions',
      '/api/audit-events',
      '/api/auth/federation',
      '/api/identity-providers',
      '/api/permissions',
      '/api/roles',
      '/api/users',
      '/api/users/{id}/permissions',
      '/api/users/{id}/sessions',
    ]);
    for (const { path, schema, names } of found) {
      expect({ path, fields: Object.keys(schema.properties ?? {}) }).toEqual({
        path,
        fields: expect.arrayContaining(['items', 'nextCursor']),
      });
      expect({ path, isWhole: !names.includes('cursor') }).toEqual({
        path,
        isWhole: WHOLE.has(path),
      });
      const address = path.replace('{id}', boss.user.id);
      const isPaged = names.includes('cursor');
      const { status, body, text } = await boss.http.get<List>(
        isPaged ? `${address}?limit=${MOST}` : address,
      );
      expect({ path, status }).toEqual({ path, status: 200 });
      expect({ path, count: body.items.length }).toEqual({ path, count: MOST });
      expect(text.length).toBeLessThan(MOST_BYTES);
      if (!isPaged) continue;
      expect(problem(await boss.http.get(`${address}?limit=${MOST + 1}`)).status).toBe(422);
      expect(problem(await boss.http.get(`${address}?cursor=x`)).status).toBe(422);
      const next = await boss.http.get<List>(
        `${address}?limit=${MOST}&cursor=${encodeURIComponent(body.nextCursor!)}`,
      );
      const seen = new Set(body.items.map((item) => JSON.stringify(item)));
      expect(next.body.items).toHaveLength(MOST);
      expect(next.body.items.filter((item) => seen.has(JSON.stringify(item)))).toEqual([]);
    }
  });

  it('goes on to the last one, and leaves none out', async () => {
    for (const path of ['/api/account/sessions', '/api/permissions', '/api/roles']) {
      const seen = new Set<string>();
      let cursor: string | null = null;
      do {
        const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { body }: { body: List } = await boss.http.get<List>(`${path}?limit=100${query}`);
        for (const { id, codename } of body.items) seen.add((id ?? codename)!);
        cursor = body.nextCursor;
      } while (cursor !== null);
      expect({ path, isAll: seen.size >= ROWS }).toEqual({ path, isAll: true });
    }
  });

  it('shows at most 100 of them on every page, also of what can be chosen [ASVS 2.3.2, 15.2.2]', async () => {
    const visitor = new Visitor(app.http);
    const { username } = boss;
    const stranger = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const pages = ROUTES.filter(({ isPage, method }) => isPage && method === 'GET');
    // What is about one thing that has to be named, leads elsewhere, or is a whole list as a file.
    const shown = pages.filter(
      ({ path }) =>
        !/:provider|:name|providers\/:id|mailbox\/:id|\/export$/.test(path) || path === '/admin',
    );
    const counted: string[] = [];
    for (const { path } of shown) {
      const address = path.replace(':id', await idOf(path));
      for (const one of [visitor, stranger]) {
        const { status, text } = await one.get(address);
        if (status !== 200) continue;
        counted.push(path);
        // A page has two lists at most, and forms and the frame have a few of their own.
        const most = Math.max(...Object.values(countsOn(text)));
        // The table of routes is what the code has, and grows with it alone.
        if (path === '/admin/access') continue;
        const tooLarge = most > 2 * MOST + 40 || text.length > MOST_BYTES;
        expect({ path, most, bytes: text.length, tooLarge }).toEqual({
          ...{ path, most, bytes: text.length, tooLarge: false },
        });
      }
    }
    const unseen = shown.map(({ path }) => path).filter((path) => !counted.includes(path));
    expect(unseen).toEqual(WITH_A_LINK);
  });

  it('leads on to the next page of what can be chosen, and keeps what is given elsewhere', async () => {
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username: boss.username, password: PASSWORD });
    const path = `/admin/roles/${await idOf('roles')}/permissions`;
    const first = await visitor.get(path);
    const [, next] = /href="([^"]+)" rel="next"/.exec(first.text)!;
    const second = await visitor.get(next!.replaceAll('&amp;', '&'));
    const chosen = /type="checkbox" id="permissions-([^"]+)"/.exec(second.text)![1]!;
    expect(first.text).not.toContain(`id="permissions-${chosen}"`);
    // As the form of the second page sends it: what is given, and one more.
    await visitor.post(path, [
      ['before', 'many.x1'],
      ['permissions', 'many.x1'],
      ['permissions', chosen],
    ]);
    const rows = await app.database.sql<{ codename: string }>(
      `SELECT permission_codename AS codename FROM role_permissions
       WHERE role_id = $1 ORDER BY permission_codename`,
      [await idOf('roles')],
    );
    expect(rows.map(({ codename }) => codename).toSorted()).toEqual(['many.x1', chosen].toSorted());
  });

  it('is told of in the trail by a hundred names and their number, when a role goes', async () => {
    expect((await boss.http.delete(`/api/roles/${await idOf('roles')}`)).status).toBe(204);
    const { body } = await boss.http.get<{
      items: { changes: Record<string, { old: unknown }> }[];
    }>('/api/audit-events?action=role.deleted');
    const { users, userCount } = body.items[0]!.changes;
    expect(users!.old).toHaveLength(MOST);
    expect(userCount!.old).toBe(ROWS);
  });

  it('that is shown whole grows no longer: 100 providers, and 20 identities of an account', async () => {
    const added = app.nest.get(DataSource).transaction((tx) =>
      app.nest.get(IdentityProvidersService, { strict: false }).create(tx, {
        ...{ name: 'one-more', label: 'x', issuer: 'https://x.example', clientId: 'x' },
        ...{ clientSecret: 'x', scopes: 'openid', trustsEmail: false },
        tokenOrigin: 'https://x.example',
      }),
    );
    await expect(added).rejects.toMatchObject({ code: 'conflict' });
    const identities = app.nest.get(FederatedIdentitiesService, { strict: false });
    const connect = (subject: string) =>
      app.nest
        .get(DataSource)
        .transaction((tx) =>
          identities.addIdentity(
            tx,
            other.user.id,
            { issuer: 'https://x.example', subject, knownAs: '' } as never,
            new Date(),
          ),
        );
    const other = await superuserSession(app);
    for (let i = 0; i < 20; i++) await connect(`subject ${i}`);
    await expect(connect('one more')).rejects.toMatchObject({ code: 'conflict' });
  });
});
