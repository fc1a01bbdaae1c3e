import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newUsername, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { pagesFor } from '../support/crawl.js';
import { formsIn } from '../support/html.js';
import { eventually } from '../support/process.js';
import { NOBODY } from '../support/route-table.js';
import { Visitor } from '../support/visitor.js';

const { Controller, Get, Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { Roles } = await built<typeof import('../../src/access/access.decorators.js')>(
  'src/access/access.decorators.js',
);

const { AdminSections } = await built<typeof import('../../src/site/kit/admin-sections.js')>(
  'src/site/kit/admin-sections.js',
);

@Controller('api/reports')
class ReportsController {
  @Roles('reporter')
  @Get()
  list(): string[] {
    return [];
  }
}

@Module({ controllers: [ReportsController] })
class ReportsModule {}

let app: TestApp;
beforeAll(async () => {
  const provider = {
    OIDC_FIXED_ISSUER: 'https://login.example.com',
    OIDC_FIXED_CLIENT_ID: 'gatehouse',
    OIDC_FIXED_CLIENT_SECRET: 'a secret',
    OIDC_FIXED_LABEL: 'Fixed',
  };
  app = await startApp(
    provider,
    [ReportsModule],
    `INSERT INTO roles (name, name_skeleton, description) VALUES ('reporter', 'reporter', 'Reads reports')`,
  );
});
afterAll(() => app.close());

interface Person {
  id: string;
  visitor: Visitor;
}

/** Somebody who is signed in by a browser, with these permissions and roles. */
async function personWith(permissions: string[], roles: string[] = []): Promise<Person> {
  const { username, id } = await register(app.http);
  await app.database.sql('INSERT INTO user_permissions SELECT $1, * FROM unnest($2::text[])', [
    id,
    permissions,
  ]);
  await app.database.sql('INSERT INTO user_roles SELECT $1, id FROM roles WHERE name = ANY($2)', [
    id,
    roles,
  ]);
  const visitor = new Visitor(app.http);
  await visitor.post('/accounts/login', { username, password: PASSWORD });
  return { id, visitor };
}

/** What the administration is made of. */
const sections = () => app.nest.get(AdminSections, { strict: false });

const idOf = async (statement: string, values: unknown[] = []) =>
  (await app.database.sql<{ id: string }>(statement, values))[0]!.id;

describe('a visitor of the administration', () => {
  beforeAll(async () => {
    // Something of each kind in the lists and in the trail.
    const boss = await personWith([], ['admin']);
    await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [boss.id]);
    await register(app.http);
    await boss.visitor.post('/admin/roles/add', { name: 'editor', description: '' });
    const kinds = [
      'user',
      'role',
      'identity_provider',
      'permission',
      'signing_key',
      'route',
      'job',
    ];
    for (const kind of kinds) {
      const ids = [boss.id, NOBODY, 'unknown', 'POST /api/users'];
      await app.database.sql(
        `INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id, changes)
         SELECT now(), 'thing.happened', 'api', $1, $2, one, '{}' FROM unnest($3::text[]) AS one`,
        [boss.id, kind, ids],
      );
    }
  });

  const catalogue = async () =>
    (await app.database.sql<{ codename: string }>('SELECT codename FROM permissions')).map(
      ({ codename }) => codename,
    );

  it('enters with the permission of any one section, and no link leads to a refusal', async () => {
    expect(sections().permissions.length).toBeGreaterThan(4);
    for (const permission of sections().permissions) {
      const { visitor } = await personWith([permission]);
      const pages = await pagesFor(visitor);
      const refused = [...pages].filter(([, { status }]) => status >= 400);
      expect({ permission, refused: refused.map(([path]) => path) }).toEqual({
        permission,
        refused: [],
      });
      const opened = sections().all.filter((one) => one.permission === permission);
      for (const { path } of opened) expect(pages.get(path)?.status).toBe(200);
      const entry = await visitor.get('/admin');
      // The overview, or the way to the first section.
      expect([200, 303]).toContain(entry.status);
      if (entry.status === 303) expect(entry.headers.get('location')).toBe(opened[0]!.path);
    }
  });

  it('meets no refusal behind a link with all permissions of a section, all sections, or everything', async () => {
    const all = await catalogue();
    const views = sections().permissions;
    const groups = views.map((view) =>
      all.filter((codename) => codename.split('.')[0] === view.split('.')[0]),
    );
    for (const permissions of [...groups, views, all]) {
      const { visitor } = await personWith(permissions);
      const pages = await pagesFor(visitor);
      const refused = [...pages].filter(([, { status }]) => status >= 400).map(([path]) => path);
      expect({ permissions, refused }).toEqual({ permissions, refused: [] });
    }
  });
});

describe('a refusal', () => {
  it('says that one permission of several is enough, as a page and as a problem document', async () => {
    const { visitor } = await personWith([]);
    const { status, text } = await visitor.get('/admin');
    expect(status).toBe(403);
    const words = text.replaceAll(/<[^>]*>/g, '');
    expect(words).toContain(
      `Ask an administrator to give you one of these permissions: ${sections().permissions.join(' or ')}`,
    );
    expect(words).not.toMatch(/\bplace\b/);
    const document = await visitor.get('/admin', { accept: 'application/json' });
    expect(document.body).toMatchObject({
      detail: `This needs one of the permissions ${sections().permissions.join(', ')}.`,
      missingPermissions: sections().permissions,
      oneIsEnough: true,
    });
  });

  it('names all permissions where all are needed, and the role that is needed', async () => {
    const { visitor } = await personWith(['users.add']);
    const { text } = await visitor.get('/admin/users/add');
    expect(text.replaceAll(/<[^>]*>/g, '')).toContain(
      'Ask an administrator to give you the permission: users.view',
    );
    const both = await (await personWith([])).visitor.get('/admin/users/add');
    expect(both.text.replaceAll(/<[^>]*>/g, '')).toContain(
      'Ask an administrator to give you the permissions: users.add and users.view',
    );
  });
});

describe('what the administration offers', () => {
  const accounts: Record<string, string> = {};
  const roles: Record<string, string> = {};
  const people: Record<string, Person> = {};

  beforeAll(async () => {
    await app.database.sql('UPDATE users SET is_superuser = false');
    const USERS = ['users.view', 'users.add', 'users.change', 'users.delete'];
    const ROLES = ['roles.view', 'roles.add', 'roles.change', 'roles.delete'];
    people.superuser = await personWith([]);
    people.administrator = await personWith([], ['admin']);
    people.clerk = await personWith(USERS);
    people.deleter = await personWith(['users.view', 'users.delete']);
    people.roleManager = await personWith(ROLES);
    await app.database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [
      people.superuser.id,
    ]);
    for (const [name, { id }] of Object.entries(people)) accounts[name] = id;
    for (const name of ['plain', 'inactive', 'withoutAddress', 'signedIn']) {
      const { id, username } = await register(app.http, { username: newUsername() });
      accounts[name] = id;
      if (name === 'signedIn') await signIn(app.http, username);
    }
    await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [accounts.inactive]);
    await app.database.sql(`UPDATE users SET email = '', email_key = '' WHERE id = $1`, [
      accounts.withoutAddress,
    ]);
    for (const [name, grants] of [
      ['clerks', USERS],
      ['readers', ['roles.view']],
    ] as const) {
      roles[name] = await idOf(
        `INSERT INTO roles (name, name_skeleton, description) VALUES ($1::text, $1::text, '') RETURNING id`,
        [name],
      );
      await app.database.sql('INSERT INTO role_permissions SELECT $1, * FROM unnest($2::text[])', [
        roles[name],
        grants,
      ]);
    }
    for (const name of ['admin', 'reporter']) {
      roles[name] = await idOf('SELECT id FROM roles WHERE name = $1', [name]);
    }
    await eventually(async () => {
      const { text } = await people.superuser!.visitor.get('/admin');
      return text.includes('superusers');
    }, 'the superuser may enter');
  });

  const paths = () => [
    ...Object.values(accounts).flatMap((id) =>
      ['', '/powers', '/sessions'].map((tab) => `/admin/users/${id}${tab}`),
    ),
    ...Object.values(roles).flatMap((id) =>
      ['', '/permissions', '/delete'].map((tab) => `/admin/roles/${id}${tab}`),
    ),
    '/admin/users/add',
    '/admin/roles/add',
    '/admin/mail',
    '/accounts/profile',
    '/accounts/sessions',
    '/accounts/delete',
  ];

  const restore = async () => {
    await app.database.sql(`UPDATE users SET is_superuser = (id = $1), is_active = (id <> $2)`, [
      people.superuser!.id,
      accounts.inactive,
    ]);
  };
  beforeEach(async () => restore());

  it.each(['superuser', 'administrator', 'clerk', 'deleter', 'roleManager'])(
    'works, every button of it, for: %s',
    async (name) => {
      const { visitor } = people[name]!;
      const pressed = new Set<string>();
      for (const path of paths()) {
        const { status, text } = await visitor.get(path);
        if (status !== 200) continue;
        const main = text.slice(text.indexOf('<main'));
        for (const { method, fields, buttons } of formsIn(main)) {
          if (method !== 'post') continue;
          for (const { label, action } of buttons) {
            if (/add$|delete$|connect$/.test(action) && !/actions/.test(action)) continue;
            const answer = await visitor.send(action, fields);
            const where = { name, path, label };
            expect({ ...where, status: answer.status }).toEqual({
              ...where,
              status: /actions/.test(action) ? 200 : 303,
            });
            if (/actions/.test(action)) {
              expect(answer.text).toContain('name="confirmed"');
              expect(answer.text).not.toContain('will be left alone');
            }
            pressed.add(label);
            if (/superuser/.test(action)) await restore();
          }
        }
      }
      // Otherwise the page would offer nothing, and this test nothing.
      expect(pressed.size).toBeGreaterThan(0);
    },
  );

  it.each(['superuser', 'administrator', 'clerk', 'deleter'])(
    'is everything that would work, as what is not offered is refused, for: %s',
    async (name) => {
      const { visitor } = people[name]!;
      for (const [account, id] of Object.entries(accounts)) {
        const { text } = await visitor.get(`/admin/users/${id}`);
        const token = /name="_token" value="([^"]+)"/.exec(text)![1]!;
        for (const action of [
          'activate',
          'deactivate',
          'end-sessions',
          'reset-password',
          'delete',
        ]) {
          // Works, but means nothing.
          if (action === 'end-sessions' && account === 'inactive') continue;
          const fields = { _token: token, ids: id };
          const { status } = await visitor.send(`/admin/users/actions/${action}`, fields);
          const isOffered = text.includes(`actions/${action}"`);
          expect({ account, action, isOffered }).toEqual({
            account,
            action,
            isOffered: status === 200,
          });
        }
      }
    },
  );

  it('is no deletion of roles that the application relies on, nor of one that can do more', async () => {
    const expected: [string, string, boolean][] = [
      ['superuser', 'admin', false],
      ['superuser', 'reporter', false],
      ['superuser', 'clerks', true],
      ['administrator', 'admin', false],
      ['administrator', 'clerks', true],
      ['roleManager', 'admin', false],
      ['roleManager', 'reporter', false],
      ['roleManager', 'clerks', false],
      ['roleManager', 'readers', true],
    ];
    for (const [name, role, isOffered] of expected) {
      const { visitor } = people[name]!;
      const path = `/admin/roles/${roles[role]}`;
      const { text } = await visitor.get(path);
      expect({ name, role, isOffered: text.includes(`${path}/delete`) }).toEqual({
        name,
        role,
        isOffered,
      });
      const preview = await visitor.get(`${path}/delete`);
      expect({ name, role, status: preview.status }).toEqual({
        name,
        role,
        status: isOffered ? 200 : 303,
      });
    }
  });

  it('leads back with the reasons, not to a preview, when nothing of what was chosen works', async () => {
    const { visitor, id } = people.superuser!;
    const answer = await visitor.post('/admin/users/actions/delete', { ids: id });
    expect(answer.status).toBe(303);
    const { text } = await visitor.get(answer.headers.get('location')!);
    expect(text).toContain('This is the last active superuser.');
  });

  it('is no deletion of their own account to the last superuser', async () => {
    const { visitor } = people.superuser!;
    expect((await visitor.get('/accounts/profile')).text).not.toContain('/accounts/delete');
    const { text } = await visitor.get('/accounts/delete');
    expect(text).toContain('You are the last active superuser');
    expect(text).not.toContain('Delete the account');
    expect((await people.clerk!.visitor.get('/accounts/profile')).text).toContain(
      '/accounts/delete',
    );
  });
});
