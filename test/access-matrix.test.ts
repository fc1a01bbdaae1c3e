import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { issueToken, newSession, newUsername, PASSWORD, register } from './support/accounts.js';
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

const FORM = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
};
const SOMEBODY = '00000000-0000-4000-8000-000000000001';

/** What a request is made of, beside its route. */
interface Request {
  /** The status of the answer, for whoever may. */
  status: number;
  /** What `:id` stands for. */
  id?: (caller: HttpClient) => Promise<string>;
  body?: () => object | string | Promise<object | string>;
  headers?: Record<string, string>;
}

/** For each route a request that works for whoever may send it. */
function requestsOf(app: () => TestApp): Record<string, Request> {
  const account = () => register(app().http);
  const user = async () => (await account()).id;
  const role = async () => {
    const text = 'INSERT INTO roles (name) VALUES ($1) RETURNING id';
    const [row] = await app().database.sql<{ id: string }>(text, [newUsername()]);
    return row!.id;
  };
  const mail = async () => {
    const text = 'SELECT id FROM mails WHERE delivered_at IS NOT NULL LIMIT 1';
    const [row] = await app().database.sql<{ id: string }>(text);
    return row!.id;
  };
  const token = async (purpose: Parameters<typeof issueToken>[1]) =>
    issueToken(app().database, purpose, await account());
  const session = async (caller: HttpClient) => {
    const { body } = await caller.get<{ sessionId?: string }>('/api/auth/session');
    return body.sessionId ?? SOMEBODY;
  };
  const newUser = () => ({ username: newUsername(), email: 'new@example.com' });
  const password = { currentPassword: PASSWORD };
  return {
    'GET /.well-known/jwks.json': { status: 200 },
    'GET /health/live': { status: 200 },
    'GET /health/ready': { status: 200 },
    'POST /api/auth/register': { status: 201, body: () => ({ ...newUser(), password: PASSWORD }) },
    'POST /api/auth/login': {
      status: 200,
      body: async () => ({ username: (await account()).username, password: PASSWORD }),
    },
    'POST /api/auth/refresh': {
      status: 200,
      body: async () => ({ refreshToken: (await newSession(app().http)).refreshToken }),
    },
    'POST /api/auth/verification': {
      status: 202,
      body: async () => ({ username: (await account()).username, password: PASSWORD }),
    },
    'POST /api/auth/logout': { status: 204 },
    'GET /api/auth/session': { status: 200 },
    'GET /api/users/me': { status: 200 },
    'PATCH /api/users/me': { status: 200, body: () => ({ firstName: 'Changed' }) },
    'DELETE /api/users/me': { status: 204, body: () => password },
    'GET /api/account/sessions': { status: 200 },
    'DELETE /api/account/sessions': { status: 204 },
    'DELETE /api/account/sessions/:id': { status: 204, id: session },
    'POST /api/account/password/change': {
      status: 204,
      body: () => ({ ...password, newPassword: 'a brand new passphrase' }),
    },
    'POST /api/account/password/reset': { status: 202, body: () => ({ email: 'a@example.com' }) },
    'POST /api/account/password/reset/confirm': {
      status: 204,
      body: async () => ({
        token: await token('reset_password'),
        newPassword: 'a brand new passphrase',
      }),
    },
    'POST /api/account/email/verify': {
      status: 204,
      body: async () => ({ token: await token('prove_email') }),
    },
    'POST /api/account/email/undo': {
      status: 204,
      body: async () => ({ token: await token('undo_email_change') }),
    },
    'POST /api/account/email/verify/resend': { status: 202 },
    'POST /api/account/email/change': {
      status: 202,
      body: () => ({ ...password, newEmail: 'new@example.com' }),
    },
    'GET /api/users': { status: 200 },
    'POST /api/users': { status: 201, body: newUser },
    'GET /api/users/:id': { status: 200, id: user },
    'PATCH /api/users/:id': { status: 200, id: user, body: () => ({ firstName: 'Changed' }) },
    'DELETE /api/users/:id': { status: 204, id: user },
    'GET /api/users/:id/permissions': { status: 200, id: user },
    'PUT /api/users/:id/permissions': { status: 200, id: user, body: () => ({ permissions: [] }) },
    'PUT /api/users/:id/roles': { status: 200, id: user, body: () => ({ roles: [] }) },
    'GET /api/users/:id/sessions': { status: 200, id: user },
    'DELETE /api/users/:id/sessions': { status: 204, id: user },
    'POST /api/users/:id/password-reset': { status: 202, id: user },
    'GET /api/roles': { status: 200 },
    'POST /api/roles': { status: 201, body: () => ({ name: newUsername() }) },
    'GET /api/roles/:id': { status: 200, id: role },
    'PATCH /api/roles/:id': { status: 200, id: role, body: () => ({ description: 'Changed' }) },
    'DELETE /api/roles/:id': { status: 204, id: role },
    'PUT /api/roles/:id/permissions': { status: 200, id: role, body: () => ({ permissions: [] }) },
    'GET /api/permissions': { status: 200 },
    'GET /api/audit-events': { status: 200 },
    // Pages. Those behind mailed links say that a link is needed.
    'GET /accounts/email/verify': { status: 400 },
    'POST /accounts/email/verify': { status: 400, body: () => '', headers: FORM },
    'GET /accounts/email/undo': { status: 400 },
    'POST /accounts/email/undo': { status: 400, body: () => '', headers: FORM },
    'GET /accounts/password/reset': { status: 200 },
    'POST /accounts/password/reset': {
      status: 200,
      body: () => 'email=a%40example.com',
      headers: FORM,
    },
    'GET /accounts/password/reset/confirm': { status: 400 },
    'POST /accounts/password/reset/confirm': { status: 400, body: () => '', headers: FORM },
    'GET /dev/mailbox': { status: 200 },
    'GET /dev/mailbox/:id': { status: 200, id: mail },
    'GET /dev/mailbox/:id/html': { status: 200, id: mail },
  };
}

interface Demands {
  isPublic: boolean;
  permissions: string[];
  roles: string[];
}

/** What a route asks for, as the table puts it. A phrase that nobody has taught this test fails it. */
function demandsOf(who: string): Demands {
  if (who === 'everybody') return { isPublic: true, permissions: [], roles: [] };
  const phrases = who === 'signed-in users' ? [] : who.split(', and ');
  const roles = phrases.flatMap(
    (phrase) => /^role (.+)$/.exec(phrase)?.[1]?.split(' or ')[0] ?? [],
  );
  const permissions = phrases.filter((phrase) => !phrase.startsWith('role '));
  for (const codename of permissions) expect(codename).toMatch(/^[a-z-]+\.[a-z-]+$/);
  return { isPublic: false, permissions, roles };
}

describe('who may call which route', () => {
  let app: TestApp;
  let cells = 0;
  const requests = requestsOf(() => app);
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
    await app.database.settled();
  });
  afterAll(() => {
    console.log(`${TABLE.length} routes, ${cells} cells`);
    return app.close();
  });

  /** Every kind of caller, with what they are told where they may not. */
  const callers: Record<
    string,
    { login: (demands: Demands) => Promise<HttpClient>; refused: number; code?: string }
  > = {
    'nobody in particular': {
      login: () => Promise.resolve(app.http),
      refused: 401,
      code: 'authentication_required',
    },
    'a plain user': { login: async () => (await newSession(app.http)).http, refused: 403 },
    'a user with exactly the permission': {
      login: async ({ permissions, roles }) => (await sessionWith(app, permissions, roles)).http,
      refused: 0,
    },
    'a user with another role, which grants everything else': {
      login: async ({ permissions: [permission] }) => {
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
      Object.keys(requests).toSorted(),
    );
  });

  describe.each(TABLE)('$method $path, for $who:', ({ method, path, who }) => {
    it.each(Object.keys(callers))('%s', async (name) => {
      const { login, refused, code = 'permission_denied' } = callers[name]!;
      const demands = demandsOf(who);
      const { isPublic, permissions, roles } = demands;
      const isRestricted = permissions.length + roles.length > 0;
      // The role admin holds every permission; it is no other role.
      const lacksRole = name === 'an admin' && roles.length > 0 && !roles.includes('admin');
      const status = lacksRole ? 403 : refused;
      const isRefused = !isPublic && (status === 401 || (status === 403 && isRestricted));
      const http = await login(demands);
      const { status: success, id, body, headers } = requests[`${method} ${path}`]!;
      const address = id ? path.replace(':id', await id(http)) : path;
      const payload = await body?.();

      const before = isRefused ? await app.database.fingerprint() : '';
      const answer = await http.send(method, address, payload, headers);
      cells++;
      if (!isRefused) {
        expect({ status: answer.status, text: answer.text }).toEqual({
          status: success,
          text: answer.text,
        });
        return;
      }
      expect({ status: answer.status, code: problem(answer).code }).toEqual({
        status,
        code,
      });
      if (status === 403 && roles.length === 0) {
        const missing = name.startsWith('a plain') ? permissions : permissions.slice(0, 1);
        expect(problem(answer).missingPermissions).toEqual(missing);
      }
      expect(await app.database.fingerprint()).toBe(before);
    });
  });
});
