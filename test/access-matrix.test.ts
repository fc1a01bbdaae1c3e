import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD, register } from './support/accounts.js';
import { sessionWith, superuserSession } from './support/administrators.js';
import { startApp, type TestApp } from './support/app.js';
import { type HttpClient, problem } from './support/http.js';
import { ROOT } from './support/process.js';

/** docs/access.md, which another test holds to be what the application does. */
const TABLE = [
  ...readFileSync(join(ROOT, 'docs/access.md'), 'utf8').matchAll(
    /^\| (GET|POST|PUT|PATCH|DELETE)\s*\| `([^`]+)`\s*\| (.*?)\s*\|$/gm,
  ),
].map(([, method, path, who]) => ({ method: method!, path: path!, who: who! }));

interface Targets {
  userId: string;
  roleId: string;
  username: string;
  refreshToken: string;
}

/** For each route a request that works for whoever may send it, and the status of the answer. */
const REQUESTS: Record<string, [status: number, body?: (targets: Targets) => object]> = {
  'GET /.well-known/jwks.json': [200],
  'GET /health/live': [200],
  'GET /health/ready': [200],
  'POST /api/auth/register': [
    201,
    () => ({ username: newUsername(), email: 'new@example.com', password: PASSWORD }),
  ],
  'POST /api/auth/login': [200, ({ username }) => ({ username, password: PASSWORD })],
  'POST /api/auth/refresh': [200, ({ refreshToken }) => ({ refreshToken })],
  'POST /api/auth/logout': [204],
  'GET /api/auth/session': [200],
  'GET /api/users/me': [200],
  'PATCH /api/users/me': [200, () => ({ firstName: 'Changed' })],
  'DELETE /api/users/me': [204, () => ({ currentPassword: PASSWORD })],
  'GET /api/users': [200],
  'POST /api/users': [201, () => ({ username: newUsername(), email: 'new@example.com' })],
  'GET /api/users/:id': [200],
  'PATCH /api/users/:id': [200, () => ({ firstName: 'Changed' })],
  'DELETE /api/users/:id': [204],
  'GET /api/users/:id/permissions': [200],
  'PUT /api/users/:id/permissions': [200, () => ({ permissions: [] })],
  'PUT /api/users/:id/roles': [200, () => ({ roles: [] })],
  'GET /api/users/:id/sessions': [200],
  'DELETE /api/users/:id/sessions': [204],
  'GET /api/roles': [200],
  'POST /api/roles': [201, () => ({ name: newUsername() })],
  'GET /api/roles/:id': [200],
  'PATCH /api/roles/:id': [200, () => ({ description: 'Changed' })],
  'DELETE /api/roles/:id': [204],
  'PUT /api/roles/:id/permissions': [200, () => ({ permissions: [] })],
  'GET /api/permissions': [200],
  'GET /api/audit-events': [200],
};

/** What a route asks for, as the table puts it. A phrase that nobody has taught this test fails it. */
function demandsOf(who: string): { isPublic: boolean; permissions: string[] } {
  if (who === 'everybody') return { isPublic: true, permissions: [] };
  if (who === 'signed-in users') return { isPublic: false, permissions: [] };
  const permissions = who.split(', and ');
  for (const phrase of permissions) expect(phrase).toMatch(/^[a-z-]+\.[a-z-]+$/);
  return { isPublic: false, permissions };
}

describe('who may call which route', () => {
  let app: TestApp;
  let cells = 0;
  beforeAll(async () => {
    app = await startApp();
    // A role for each permission, which grants all the others.
    await app.database.sql(`
      INSERT INTO roles (name) SELECT 'all but ' || codename FROM permissions;
      INSERT INTO role_permissions SELECT r.id, p.codename FROM roles r, permissions p
      WHERE r.name LIKE 'all but %' AND r.name <> 'all but ' || p.codename;
      INSERT INTO roles (name) VALUES ('something else')`);
    // Somebody has to stay when a superuser leaves.
    await superuserSession(app);
  });
  afterAll(() => {
    console.log(`${TABLE.length} routes, ${cells} cells`);
    return app.close();
  });

  /** Every kind of caller, with what they are told where they may not. */
  const callers: Record<
    string,
    { login: (permissions: string[]) => Promise<HttpClient>; refused: number; code?: string }
  > = {
    'nobody in particular': {
      login: () => Promise.resolve(app.http),
      refused: 401,
      code: 'authentication_required',
    },
    'a plain user': { login: async () => (await newSession(app.http)).http, refused: 403 },
    'a user with exactly the permission': {
      login: async (permissions) => (await sessionWith(app, permissions)).http,
      refused: 0,
    },
    'a user with another role, which grants everything else': {
      login: async ([permission]) => {
        const role = permission ? `all but ${permission}` : 'something else';
        return (await sessionWith(app, [], [role])).http;
      },
      refused: 403,
    },
    'an admin': { login: async () => (await sessionWith(app, [], ['admin'])).http, refused: 0 },
    'a superuser': { login: async () => (await superuserSession(app)).http, refused: 0 },
    'a deactivated superuser': {
      async login() {
        const { http, user } = await superuserSession(app);
        await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
        return http;
      },
      refused: 401,
      code: 'invalid_token',
    },
    'a superuser whose session has ended': {
      async login() {
        const { http } = await superuserSession(app);
        await http.post('/api/auth/logout');
        return http;
      },
      refused: 401,
      code: 'invalid_token',
    },
  };

  it('covers every route', () => {
    expect(TABLE.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      Object.keys(REQUESTS).toSorted(),
    );
  });

  describe.each(TABLE)('$method $path, for $who:', ({ method, path, who }) => {
    it.each(Object.keys(callers))('%s', async (name) => {
      const { login, refused, code = 'permission_denied' } = callers[name]!;
      const { isPublic, permissions } = demandsOf(who);
      const isRefused =
        !isPublic && (refused === 401 || (refused === 403 && permissions.length > 0));
      const http = await login(permissions);
      const target = await newSession(app.http);
      const [role] = await app.database.sql<{ id: string }>(
        `INSERT INTO roles (name) VALUES ($1) RETURNING id`,
        [newUsername()],
      );
      const { id: userId } = await register(app.http);
      const targets = { ...target, userId, roleId: role!.id };
      const [status, body] = REQUESTS[`${method} ${path}`]!;
      const id = path.startsWith('/api/roles') ? targets.roleId : userId;

      const before = isRefused ? await app.database.fingerprint() : '';
      const answer = await http.send(method, path.replace(':id', id), body?.(targets));
      cells++;
      if (!isRefused) {
        expect({ status: answer.status, text: answer.text }).toEqual({ status, text: answer.text });
        return;
      }
      expect({ status: answer.status, code: problem(answer).code }).toEqual({
        status: refused,
        code,
      });
      if (refused === 403) {
        const missing = name.startsWith('a plain') ? permissions : permissions.slice(0, 1);
        expect(problem(answer).missingPermissions).toEqual(missing);
      }
      expect(await app.database.fingerprint()).toBe(before);
    });
  });
});
