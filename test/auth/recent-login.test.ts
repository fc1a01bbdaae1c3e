import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, newUsername, PASSWORD, register } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { REDIRECT_URI, signInWith, start } from '../support/federation.js';
import { type HostileProvider, startHostileProvider } from '../support/hostile-provider.js';
import { type HttpClient, problem } from '../support/http.js';
import { eventually } from '../support/process.js';
import { ROUTES } from '../support/route-table.js';
import { type EmailServer, startEmailServer } from '../support/smtp.js';
import { Visitor } from '../support/visitor.js';

/** A request of the API, or a form of a page, with what it is about. */
interface Act {
  /** What `:id` or `:provider` stands for. */
  id?: (callerId: string) => Promise<string>;
  body?: (id: string) => object;
  /** Of the answer when it works. */
  status: number;
}

describe('a recent sign-in', () => {
  let app: TestApp;
  let mails: EmailServer;
  let provider: HostileProvider;
  beforeAll(async () => {
    mails = await startEmailServer();
    provider = await startHostileProvider();
    app = await startApp({
      ...provider.variables('example'),
      OIDC_REDIRECT_URIS: REDIRECT_URI,
      SMTP_URL: mails.url,
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([provider.close(), mails.close()]);
  });

  const inserted = async (text: string, values: unknown[]) =>
    (await app.database.sql<{ id: string }>(`${text} RETURNING id`, values))[0]!.id;
  const user = async () => (await register(app.http)).id;
  const role = () =>
    inserted(`INSERT INTO roles (name, description) VALUES ($1, '')`, [newUsername()]);
  const stored = () =>
    inserted(
      `INSERT INTO identity_providers (name, label, issuer, client_id, sealed_client_secret, scopes)
       VALUES ($1, 'x', $2, 'x', 'x', 'openid')`,
      [newUsername(), provider.issuer],
    );
  const identity = (callerId: string) =>
    inserted(
      `INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
       VALUES ($1, 'x', $2, 'x', now(), now())`,
      [callerId, newUsername()],
    );
  const example = () => Promise.resolve('example');
  const newProvider = () => ({
    name: newUsername(),
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
  });
  const newUser = () => ({ username: newUsername(), email: 'new@example.com' });

  /** Everything that gives power, takes over or deletes an account, changes a way in, or exports everything. */
  const ACTS: Record<string, Act> = {
    'GET /api/users/export': { status: 200 },
    'GET /api/audit-events/export': { status: 200 },
    'GET /admin/users/export': { status: 200 },
    'GET /admin/audit/export': { status: 200 },
    'POST /accounts/username': { body: () => ({ username: newUsername() }), status: 303 },
    'PATCH /api/users/me?username': { body: () => ({ username: newUsername() }), status: 200 },
    'PATCH /api/users/:id': { id: user, body: () => ({ isSuperuser: true }), status: 200 },
    'PATCH /api/users/:id?email': {
      id: user,
      body: () => ({ email: 'moved@example.com' }),
      status: 200,
    },
    'PATCH /api/users/:id?active': { id: user, body: () => ({ isActive: false }), status: 200 },
    'DELETE /api/users/:id': { id: user, status: 204 },
    'PUT /api/users/:id/roles': { id: user, body: () => ({ roles: ['admin'] }), status: 200 },
    'PUT /api/users/:id/permissions': {
      id: user,
      body: () => ({ permissions: ['users.view'] }),
      status: 200,
    },
    'POST /api/users/:id/password-reset': { id: user, status: 202 },
    'POST /api/users?roles': { body: () => ({ ...newUser(), roles: ['admin'] }), status: 201 },
    'POST /api/users?permissions': {
      body: () => ({ ...newUser(), permissions: ['users.view'] }),
      status: 201,
    },
    'POST /api/users?superuser': { body: () => ({ ...newUser(), isSuperuser: true }), status: 201 },
    'PUT /api/roles/:id/permissions': {
      id: role,
      body: () => ({ permissions: ['users.view'] }),
      status: 200,
    },
    'PATCH /api/roles/:id': { id: role, body: () => ({ name: newUsername() }), status: 200 },
    'POST /api/identity-providers': { body: () => newProvider(), status: 201 },
    'PATCH /api/identity-providers/:id': {
      id: stored,
      body: () => ({ label: 'Changed' }),
      status: 200,
    },
    'DELETE /api/identity-providers/:id': { id: stored, status: 204 },
    'POST /api/account/identities/:provider/start': {
      id: example,
      body: () => ({ redirectUri: REDIRECT_URI }),
      status: 200,
    },
    'DELETE /api/account/identities/:id': { id: identity, status: 204 },
    'POST /admin/users/:id': {
      id: user,
      body: () => ({ email: 'moved@example.com' }),
      status: 303,
    },
    'POST /admin/users/:id/powers/roles': {
      id: user,
      body: () => ({ roles: 'admin' }),
      status: 303,
    },
    'POST /admin/users/:id/powers/permissions': {
      id: user,
      body: () => ({ permissions: 'users.view' }),
      status: 303,
    },
    'POST /admin/users/:id/powers/superuser': {
      id: user,
      body: () => ({ isSuperuser: 'yes' }),
      status: 303,
    },
    ...Object.fromEntries(
      ['activate', 'deactivate', 'reset-password'].map((action) => [
        `POST /admin/users/actions/:action?${action}`,
        {
          id: user,
          body: (id: string) => ({ ids: id, confirmed: 'yes' }),
          status: 303,
        },
      ]),
    ),
    'POST /admin/users/actions/delete': {
      id: user,
      body: (id: string) => ({ ids: id, confirmed: 'yes' }),
      status: 303,
    },
    'POST /admin/roles/:id/permissions': {
      id: role,
      body: () => ({ permissions: 'users.view' }),
      status: 303,
    },
    'POST /admin/roles/:id': { id: role, body: () => ({ name: newUsername() }), status: 303 },
    'POST /admin/providers/add': { body: () => newProvider(), status: 303 },
    'POST /admin/providers/:id': {
      id: stored,
      body: () => ({ ...newProvider(), label: 'Changed', scopes: 'openid' }),
      status: 303,
    },
    'POST /admin/providers/:id/delete': { id: stored, status: 303 },
    'POST /accounts/federation/:provider/connect': { id: example, status: 200 },
    'POST /accounts/identities/:id/disconnect': { id: identity, status: 303 },
  };

  /** What a refusal and a form leave behind: the denial, an attempt to reach a provider. */
  const BESIDE = ['sessions', 'federation_attempts', 'audit_events'];

  /** What changes something without it, and why. */
  const FREE: Record<string, string> = {
    'DELETE /api/users/:id/sessions': 'ends sessions, gives nothing',
    'DELETE /api/users/me': 'asks for the password',
    'PATCH /api/users/me': 'but for the username, names and fields of the product only',
    'POST /api/roles': 'a role that grants nothing and has no member',
    'DELETE /api/roles/:id': 'takes power away',
    'POST /admin/users/add': 'an account without any power',
    'POST /admin/roles/add': 'a role that grants nothing and has no member',
    'POST /admin/roles/:id/delete': 'takes power away',
    'POST /admin/mail/:id/retry': 'sends what was to be sent',
    'POST /admin/mail/retry': 'sends what was to be sent',
    'POST /accounts/delete': 'asks for the password',
    'POST /accounts/email/change': 'asks for the password',
    'POST /accounts/password/change': 'asks for the password',
    'POST /accounts/email/verify/again': 'sends a link to the own address',
    'POST /accounts/profile': 'names and fields of the product only',
    'POST /accounts/reauthenticate': 'is the recent sign-in',
    'POST /accounts/sessions/:id/end': 'ends own sessions',
    'POST /accounts/sessions/end-others': 'ends own sessions',
    'DELETE /api/account/sessions': 'ends own sessions',
    'DELETE /api/account/sessions/:id': 'ends own sessions',
    'POST /api/account/email/change': 'asks for the password',
    'POST /api/account/email/verify/resend': 'sends a link to the own address',
    'POST /api/account/password/change': 'asks for the password',
    'POST /api/account/identities/:provider/complete': 'ends what a recent sign-in began',
    'POST /api/auth/reauthenticate': 'is the recent sign-in',
  };

  const routeOf = (name: string) => name.replace(/\?.*/, '');

  it('is asked for or not at every route that changes or exports something', () => {
    const decided = new Set([...Object.keys(ACTS).map(routeOf), ...Object.keys(FREE)]);
    const changing = ROUTES.filter(
      ({ method, path, isPublic }) => (method !== 'GET' || path.endsWith('/export')) && !isPublic,
    );
    expect(changing.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      [...decided].toSorted(),
    );
  });

  /** Makes a sign-in that long ago, and waits until the application knows. */
  async function age(http: HttpClient, minutes: number) {
    const { body } = await http.get<{ sessionId: string }>('/api/auth/session');
    await app.database.sql(
      `UPDATE sessions SET authenticated_at = now() - $2 * interval '1 minute' WHERE id = $1`,
      [body.sessionId, minutes],
    );
    await eventually(async () => {
      const seen = await http.get<{ authenticatedAt: string }>('/api/auth/session');
      return Date.now() - Date.parse(seen.body.authenticatedAt) >= minutes * 60_000 - 1_000;
    }, 'the sign-in is old');
  }

  /** A superuser in the API and in a browser, with one and the same session for each. */
  async function caller() {
    const session = await superuserSession(app);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username: session.username, password: PASSWORD });
    return { ...session, visitor };
  }

  const ageBrowser = async (userId: string, minutes: number) => {
    await app.database.sql(
      `UPDATE sessions SET authenticated_at = now() - $2 * interval '1 minute' WHERE user_id = $1`,
      [userId, minutes],
    );
  };

  describe.each(Object.keys(ACTS))('for %s', (name) => {
    it('is needed, changes nothing without, and can be renewed [ASVS 7.5.3]', async () => {
      const act = ACTS[name]!;
      const { http, visitor, user: own } = await caller();
      const [method, pattern] = routeOf(name).split(' ') as [string, string];
      const isPage = !pattern.startsWith('/api/');
      const id = (await act.id?.(own.id)) ?? '';
      const action = /\?(.*)/.exec(name)?.[1] ?? '';
      if (action === 'activate') {
        await app.database.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
      }
      const path = pattern.replace(/:(id|provider)/, id).replace(':action', action);
      const body = act.body?.(id);
      const send = async () =>
        isPage && method === 'GET'
          ? visitor.get(path)
          : isPage
            ? visitor.post(path, (body ?? {}) as Record<string, string>)
            : http.send(method, path, body);
      await ageBrowser(own.id, 16);
      await age(http, 16);
      const before = await app.database.fingerprint(...BESIDE);
      const refused = await send();
      if (isPage) {
        expect(refused.status).toBe(303);
        expect(refused.headers.get('location')).toMatch(/^\/accounts\/reauthenticate\?next=/);
      } else {
        expect(refused.status).toBe(403);
        expect(problem(refused)).toMatchObject({
          code: 'recent_login_required',
          maxAgeMinutes: 15,
        });
      }
      expect(await app.database.fingerprint(...BESIDE)).toBe(before);
      if (isPage) await visitor.post('/accounts/reauthenticate', { password: PASSWORD });
      else await http.post('/api/auth/reauthenticate', { password: PASSWORD });
      expect((await send()).status).toBe(act.status);
    });
  });

  describe('POST /api/auth/reauthenticate', () => {
    const sessionsOf = (id: string) =>
      app.database.sql<{ authenticated_at: Date; ended_at: Date | null; amr: string[] }>(
        'SELECT id, authenticated_at, ended_at, amr FROM sessions WHERE user_id = $1',
        [id],
      );

    it('renews the session in place, its tokens included, and is recorded', async () => {
      const { http, user: own, refreshToken } = await newSession(app.http);
      await age(http, 60);
      const answer = await http.post('/api/auth/reauthenticate', { password: PASSWORD });
      expect(answer.status).toBe(204);
      expect(answer.text).toBe('');
      const { body } = await http.get<{ authenticatedAt: string; amr: string[] }>(
        '/api/auth/session',
      );
      expect(Date.now() - Date.parse(body.authenticatedAt)).toBeLessThan(60_000);
      expect(body.amr).toEqual(['pwd']);
      expect(await sessionsOf(own.id)).toHaveLength(1);
      expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(200);
      const events = await app.database.sql(
        `SELECT action FROM audit_events WHERE subject_id = $1 AND action = 'user.reauthenticated'`,
        [own.id],
      );
      expect(events).toHaveLength(1);
    });

    it('refuses a wrong password at its field, and renews nothing', async () => {
      const { http, user: own } = await newSession(app.http);
      await age(http, 60);
      const before = await sessionsOf(own.id);
      const answer = await http.post('/api/auth/reauthenticate', { password: 'not this one' });
      expect(answer.status).toBe(422);
      expect(problem(answer).errors).toEqual([
        expect.objectContaining({ field: 'password', code: 'password_incorrect' }),
      ]);
      expect(await sessionsOf(own.id)).toEqual(before);
    });

    it.each([{}, { password: '' }, { password: null }, { password: [PASSWORD] }, 'x', undefined])(
      'refuses %j',
      async (body) => {
        const { http } = await newSession(app.http);
        const { status } = await http.post('/api/auth/reauthenticate', body);
        expect([400, 415, 422]).toContain(status);
      },
    );

    it('needs a session that is alive', async () => {
      const { http } = await newSession(app.http);
      expect((await app.http.post('/api/auth/reauthenticate', { password: PASSWORD })).status).toBe(
        401,
      );
      await http.post('/api/auth/logout');
      expect((await http.post('/api/auth/reauthenticate', { password: PASSWORD })).status).toBe(
        401,
      );
    });

    it('answers requests that come at once, without a failure', async () => {
      const { http, user: own } = await newSession(app.http);
      const answers = await Promise.all(
        Array.from({ length: 4 }, () =>
          http.post('/api/auth/reauthenticate', { password: PASSWORD }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
      expect(await sessionsOf(own.id)).toHaveLength(1);
    });
  });

  describe('by a provider', () => {
    const now = () => Math.floor(Date.now() / 1000);

    async function federatedSession(claims: object) {
      const answer = await signInWith(app.http, 'example', provider, {
        sub: newUsername(),
        ...claims,
      });
      if (answer.status !== 200) throw new Error(answer.text);
      return app.http.as(answer.body.accessToken);
    }

    const isRecent = async (http: HttpClient) => {
      const { status } = await http.post('/api/account/identities/example/start', {
        redirectUri: REDIRECT_URI,
      });
      return status === 200;
    };

    // Whoever is remembered by the provider has proven nothing today.
    it.each<[string, () => object, boolean]>([
      ['of just now', () => ({ auth_time: now() }), true],
      ['of 14 minutes ago', () => ({ auth_time: now() - 14 * 60 }), true],
      ['of 16 minutes ago', () => ({ auth_time: now() - 16 * 60 }), false],
      ['of 30 days ago', () => ({ auth_time: now() - 30 * 86_400 }), false],
      ['of a time that it does not tell', () => ({ auth_time: undefined }), false],
      ['of the future', () => ({ auth_time: now() + 50 }), true],
    ])('a sign-in %s counts by its own time [ASVS 6.8.4]', async (_, claims, recent) => {
      const http = await federatedSession(claims());
      expect(await isRecent(http)).toBe(recent);
      const { body } = await http.get<{ authenticatedAt: string }>('/api/auth/session');
      expect(Date.parse(body.authenticatedAt)).toBeLessThanOrEqual(Date.now());
    });

    async function reauthenticate(http: HttpClient, by: HttpClient, claims: object) {
      const path = '/api/auth/federation/example';
      const begun = await http.post<{ authorizationUrl: string; handle: string }>(`${path}/start`, {
        redirectUri: REDIRECT_URI,
        purpose: 'reauthenticate',
      });
      expect(begun.status).toBe(200);
      expect(new URL(begun.body.authorizationUrl).searchParams.get('max_age')).toBe('0');
      provider.claims = { ...claims };
      const { code, state } = await provider.authorize(begun.body.authorizationUrl);
      return by.post(`${path}/complete`, { handle: begun.body.handle, code, state });
    }

    it('renews the session of a program in place', async () => {
      const sub = newUsername();
      const http = await federatedSession({ sub, auth_time: now() - 3_600 });
      expect(await isRecent(http)).toBe(false);
      const answer = await reauthenticate(http, http, { sub, auth_time: now() });
      expect(answer.status).toBe(204);
      expect(await isRecent(http)).toBe(true);
    });

    it.each([
      ['that the provider remembers', (sub: string) => ({ sub, auth_time: now() - 3_600 }), 403],
      ['without its time', (sub: string) => ({ sub, auth_time: undefined }), 403],
      ['of another identity', () => ({ sub: newUsername(), auth_time: now() }), 400],
    ])('renews nothing by a sign-in %s', async (_, claims, status) => {
      const sub = newUsername();
      const http = await federatedSession({ sub, auth_time: now() - 3_600 });
      expect((await reauthenticate(http, http, claims(sub))).status).toBe(status);
      expect(await isRecent(http)).toBe(false);
    });

    it('renews no session of another account, and none without a token', async () => {
      const sub = newUsername();
      const http = await federatedSession({ sub, auth_time: now() - 3_600 });
      const other = await newSession(app.http);
      const claims = () => ({ sub, auth_time: now() });
      expect((await reauthenticate(http, other.http, claims())).status).toBe(400);
      expect((await reauthenticate(http, app.http, claims())).status).toBe(400);
      expect(await isRecent(http)).toBe(false);
    });

    it('asks for a token that is alive to begin, and lets a sign-in begin without', async () => {
      const path = '/api/auth/federation/example/start';
      const body = { redirectUri: REDIRECT_URI, purpose: 'reauthenticate' };
      expect((await app.http.post(path, body)).status).toBe(401);
      const { http } = await newSession(app.http);
      await http.post('/api/auth/logout');
      expect((await http.post(path, body)).status).toBe(401);
      expect((await app.http.post(path, { ...body, purpose: 'link' })).status).toBe(422);
      await expect(start(app.http, 'example')).resolves.toMatchObject({ expiresIn: 600 });
    });
  });
});
