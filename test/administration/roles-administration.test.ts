import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { register } from '../support/accounts.js';
import { sessionWith, superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { type Answer, problem } from '../support/http.js';

const { Controller, Get, Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { Roles } = await built<typeof import('../../src/access/access.decorators.js')>(
  'src/access/access.decorators.js',
);

@Controller('newsroom')
class NewsroomController {
  @Roles('reporter')
  @Get()
  look() {
    return {};
  }
}

@Module({ controllers: [NewsroomController] })
class NewsroomModule {}

interface RoleBody {
  id: string;
  name: string;
  description: string;
  permissions: string[];
  userCount: number;
}

describe('administering roles', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp();
    boss = await superuserSession(app);
  });
  afterAll(() => app.close());

  const add = async (fields: object): Promise<RoleBody> => {
    const { status, body, text } = await boss.http.post<RoleBody>('/api/roles', fields);
    expect({ status, text }).toEqual({ status: 201, text });
    return body;
  };
  const setPermissions = (session: Session, id: string, permissions: string[]) =>
    session.http.put<RoleBody>(`/api/roles/${id}/permissions`, { permissions });
  const expectProblem = (answer: Answer<unknown>, status: number, code: string) =>
    expect({ status: answer.status, code: problem(answer).code }).toEqual({ status, code });
  const roleNamed = async (name: string) => {
    const { body } = await boss.http.get<{ items: RoleBody[] }>('/api/roles?limit=100');
    return body.items.find((role) => role.name === name)!;
  };

  it('adds, shows, changes and deletes one', async () => {
    const role = await add({ name: ' Night desk ', description: 'Works late' });
    expect(role).toEqual({
      id: expect.any(String),
      name: 'Night desk',
      description: 'Works late',
      permissions: [],
      userCount: 0,
    });
    const path = `/api/roles/${role.id}`;
    expect((await boss.http.get(path)).body).toEqual(role);
    const granted = await setPermissions(boss, role.id, ['users.view', 'roles.view']);
    expect(granted.body.permissions).toEqual(['roles.view', 'users.view']);
    const changed = await boss.http.patch<RoleBody>(path, { name: 'Late desk' });
    expect(changed.body).toEqual({ ...granted.body, name: 'Late desk' });
    const { id } = await register(app.http);
    await boss.http.put(`/api/users/${id}/roles`, { roles: ['Late desk'] });
    expect((await boss.http.get<RoleBody>(path)).body.userCount).toBe(1);
    expect((await boss.http.delete(path)).status).toBe(204);
    expect((await boss.http.get(path)).status).toBe(404);
    const { body } = await boss.http.get<{ roles: string[] }>(`/api/users/${id}`);
    expect(body.roles).toEqual([]);
  });

  it('lists them by name, page by page, and every permission there is', async () => {
    for (const name of ['a1', 'a2', 'a3']) await add({ name });
    const names: string[] = [];
    let cursor = '';
    for (;;) {
      const { body } = await boss.http.get<{ items: RoleBody[]; nextCursor: string | null }>(
        `/api/roles?limit=2${cursor}`,
      );
      names.push(...body.items.map(({ name }) => name));
      if (!body.nextCursor) break;
      expect(body.items).toHaveLength(2);
      cursor = `&cursor=${body.nextCursor}`;
    }
    const rows = await app.database.sql<{ name: string }>('SELECT name FROM roles ORDER BY 1');
    expect(names).toEqual(rows.map(({ name }) => name));
    const permissions = await boss.http.get<{ items: object[] }>('/api/permissions');
    expect(permissions.body.items).toContainEqual({
      codename: 'audit.view',
      description: 'Read the audit trail',
    });
  });

  it('refuses a name that is in use, empty or odd', async () => {
    await add({ name: 'taken' });
    expectProblem(await boss.http.post('/api/roles', { name: 'taken' }), 409, 'role_name_taken');
    const other = await add({ name: 'other' });
    const rename = { name: 'taken' };
    expectProblem(await boss.http.patch(`/api/roles/${other.id}`, rename), 409, 'role_name_taken');
    for (const name of ['', '   ', 'a\nb', 'x'.repeat(151), 1, null, ['a']]) {
      expectProblem(await boss.http.post('/api/roles', { name }), 422, 'validation_failed');
    }
    expectProblem(await boss.http.post('/api/roles', {}), 422, 'validation_failed');
  });

  it('keeps the role admin as it is, granting everything', async () => {
    const admin = await roleNamed('admin');
    const path = `/api/roles/${admin.id}`;
    expectProblem(await boss.http.patch(path, { name: 'x' }), 409, 'role_protected');
    expectProblem(await boss.http.delete(path), 409, 'role_protected');
    expectProblem(await setPermissions(boss, admin.id, []), 409, 'role_protected');
    expect((await boss.http.patch(path, { description: 'All of it' })).status).toBe(200);
    expect((await roleNamed('admin')).permissions).toEqual(admin.permissions);
  });

  it('lets nobody make a role grant, or touch one that grants, what they do not hold [A88]', async () => {
    const clerk = await sessionWith(app, ['roles.change', 'roles.delete', 'users.view']);
    const weak = await add({ name: 'weak' });
    const strong = await add({ name: 'strong' });
    await setPermissions(boss, strong.id, ['users.delete']);
    const before = await app.database.fingerprint('audit_events');
    const path = `/api/roles/${strong.id}`;
    for (const answer of [
      await setPermissions(clerk, weak.id, ['users.view', 'users.delete']),
      await setPermissions(clerk, strong.id, []),
      await clerk.http.patch(path, { name: 'mine' }),
      await clerk.http.delete(path),
    ]) {
      expectProblem(answer, 403, 'permission_denied');
      expect(problem(answer).missingPermissions).toEqual(['users.delete']);
    }
    expect(await app.database.fingerprint('audit_events')).toBe(before);
    expect((await setPermissions(clerk, weak.id, ['users.view'])).status).toBe(200);
    expect((await clerk.http.delete(`/api/roles/${weak.id}`)).status).toBe(204);
  });

  it('counts at once for whoever has the role, and no longer when it is gone', async () => {
    const role = await add({ name: 'reader' });
    const reader = await sessionWith(app, [], ['reader']);
    const status = async () => (await reader.http.get('/api/users')).status;
    expect(await status()).toBe(403);
    await setPermissions(boss, role.id, ['users.view']);
    expect(await status()).toBe(200);
    await setPermissions(boss, role.id, []);
    expect(await status()).toBe(403);
    await setPermissions(boss, role.id, ['users.view']);
    await boss.http.delete(`/api/roles/${role.id}`);
    expect(await status()).toBe(403);
  });
});

describe('a role that @Roles() names', () => {
  it('cannot be renamed or deleted, which would keep the application from starting again', async () => {
    await expect(startApp({}, [NewsroomModule])).rejects.toThrow('"reporter" is no role');
    const app = await startApp(
      {},
      [NewsroomModule],
      `INSERT INTO roles (name) VALUES ('reporter')`,
    );
    try {
      const boss = await superuserSession(app);
      const [role] = await app.database.sql<{ id: string }>(
        `SELECT id FROM roles WHERE name = 'reporter'`,
      );
      const path = `/api/roles/${role!.id}`;
      for (const answer of [
        await boss.http.patch(path, { name: 'writer' }),
        await boss.http.delete(path),
      ]) {
        expect(problem(answer).code).toBe('role_protected');
      }
      const permissions = { permissions: ['users.view'] };
      expect((await boss.http.put(`${path}/permissions`, permissions)).status).toBe(200);
      // Whoever has such a role can do more than one who has not.
      const clerk = await sessionWith(app, ['users.change', 'users.view']);
      const reporter = await sessionWith(app, [], ['reporter']);
      const denied = await clerk.http.patch(`/api/users/${reporter.user.id}`, { firstName: 'x' });
      expect(problem(denied).missingRoles).toEqual(['reporter']);
    } finally {
      await app.close();
    }
  });
});
