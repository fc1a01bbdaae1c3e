import type { AccountDto } from '../../src/users/account.dto.js';
import { issueToken, newSession, newUsername, PASSWORD, register } from './accounts.js';
import type { TestApp } from './app.js';
import { REDIRECT_URI, start } from './federation.js';
import type { HostileProvider } from './hostile-provider.js';
import type { HttpClient } from './http.js';

const SOMEBODY = '00000000-0000-4000-8000-000000000001';

/** What a request is made of, beside its route. */
export interface RouteRequest {
  /** The status of the answer, for whoever may. */
  status: number;
  /** The same for whoever is signed in, where that is another one. */
  statusSignedIn?: number;
  /** The same for whoever sends an access token that is dead, where a public route looks at it. */
  statusOfDead?: number;
  /** What `:id`, `:name`, `:action` or `:provider` stands for. */
  id?: (caller: HttpClient) => Promise<string>;
  /** JSON for the API, the fields of the form for pages. */
  body?: (caller: HttpClient) => object | Promise<object>;
}

/** What requests are about. */
export interface Targets {
  account: () => Promise<AccountDto>;
  role: () => Promise<string>;
  /** To be called before anything is added to the database. */
  touch: () => void;
}

/** Each request is about an account or a role of its own. */
export const newTargets = (app: () => TestApp): Targets => ({
  account: () => register(app().http),
  role: async () => {
    const text = 'INSERT INTO roles (name) VALUES (gen_random_uuid()) RETURNING id';
    const [row] = await app().database.sql<{ id: string }>(text);
    return row!.id;
  },
  touch: () => undefined,
});

/** For each route a request that works for whoever may send it. */
export function requestsOf(
  app: () => TestApp,
  provider: () => HostileProvider,
  { account, role, touch }: Targets,
): Record<string, RouteRequest> {
  const user = async () => (await account()).id;
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
  const newProvider = () => ({
    issuer: provider().issuer,
    clientId: provider().clientId,
    clientSecret: provider().clientSecret,
  });
  const stored = async () => {
    touch();
    const text = `INSERT INTO identity_providers (name, label, issuer, client_id, sealed_client_secret, scopes)
                  VALUES ($1, 'x', $2, 'x', 'x', 'openid') RETURNING id`;
    const values = [newUsername(), provider().issuer];
    const [row] = await app().database.sql<{ id: string }>(text, values);
    return row!.id;
  };
  const identity = async (caller: HttpClient) => {
    const { body } = await caller.get<{ userId?: string }>('/api/auth/session');
    if (body.userId === undefined) return SOMEBODY;
    touch();
    const text = `INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
                  VALUES ($1, 'x', $2, 'x', now(), now()) RETURNING id`;
    const [row] = await app().database.sql<{ id: string }>(text, [body.userId, newUsername()]);
    return row!.id;
  };
  /** What a provider sends whom the caller has asked; nothing for who may not ask. */
  const answerOf = async (caller: HttpClient, purpose: Parameters<typeof start>[2]) => {
    touch();
    const begun = await start(caller, 'example', purpose).catch(() => undefined);
    if (!begun) return { handle: 'x', code: 'x', state: 'x' };
    provider().claims = { sub: newUsername() };
    const { code, state } = await provider().authorize(begun.authorizationUrl);
    return { handle: begun.handle, code, state };
  };
  const newUser = () => ({ username: newUsername(), email: 'new@example.com' });
  const password = { currentPassword: PASSWORD };
  return {
    'GET /.well-known/jwks.json': { status: 200 },
    'GET /.well-known/change-password': { status: 303 },
    // Without a SECURITY_CONTACT.
    'GET /.well-known/security.txt': { status: 404 },
    'GET /favicon.ico': { status: 200 },
    'GET /robots.txt': { status: 200 },
    'GET /health/live': { status: 200 },
    'GET /health/ready': { status: 200 },
    // Closed to all while there is no METRICS_TOKEN.
    'GET /metrics': { status: 404 },
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
    'POST /api/auth/reauthenticate': { status: 204, body: () => ({ password: PASSWORD }) },
    'POST /api/auth/logout': {
      status: 204,
      body: async () => ({ refreshToken: (await newSession(app().http)).refreshToken }),
    },
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
      statusOfDead: 401,
      body: async () => ({ token: await token('prove_email') }),
    },
    'POST /api/account/email/verify/password': {
      status: 200,
      body: async () => ({ token: await token('prove_email') }),
    },
    'POST /api/account/links/describe': {
      status: 200,
      body: async () => ({ token: await token('undo_email_change') }),
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
    'GET /api/auth/federation': { status: 200 },
    'POST /api/auth/federation/:provider/start': {
      status: 200,
      statusOfDead: 401,
      id: () => Promise.resolve('example'),
      body: () => ({ redirectUri: REDIRECT_URI }),
    },
    'POST /api/auth/federation/:provider/complete': {
      status: 200,
      statusOfDead: 401,
      id: () => Promise.resolve('example'),
      body: () => answerOf(app().http, 'auth/federation'),
    },
    'GET /api/account/identities': { status: 200 },
    'DELETE /api/account/identities/:id': { status: 204, id: identity },
    'POST /api/account/identities/:provider/start': {
      status: 200,
      id: () => Promise.resolve('example'),
      body: () => ({ redirectUri: REDIRECT_URI }),
    },
    'POST /api/account/identities/:provider/complete': {
      status: 201,
      id: () => Promise.resolve('example'),
      body: (caller) => answerOf(caller, 'account/identities'),
    },
    'GET /api/identity-providers': { status: 200 },
    'POST /api/identity-providers': {
      status: 201,
      body: () => ({ ...newProvider(), name: newUsername() }),
    },
    'GET /api/identity-providers/:id': { status: 200, id: stored },
    'PATCH /api/identity-providers/:id': {
      status: 200,
      id: stored,
      body: () => ({ label: 'Changed' }),
    },
    'DELETE /api/identity-providers/:id': { status: 204, id: stored },
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
    'GET /api/audit-events/export': { status: 200 },
    'GET /api/users/export': { status: 200 },
    // Pages answer a form that worked by sending the browser on.
    'GET /': { status: 200 },
    'GET /assets/:name': {
      status: 200,
      id: async () => /assets\/(app-[^"]+\.js)/.exec((await app().http.get('/')).text)![1]!,
    },
    'GET /accounts/register': { status: 200, statusSignedIn: 303 },
    'POST /accounts/register': {
      status: 303,
      body: () => ({ ...newUser(), password: PASSWORD, passwordConfirm: PASSWORD }),
    },
    'GET /accounts/login': { status: 200, statusSignedIn: 303 },
    'POST /accounts/login': {
      status: 303,
      body: async () => ({ username: (await account()).username, password: PASSWORD }),
    },
    'GET /accounts/logout': { status: 200 },
    'POST /accounts/logout': { status: 303 },
    'GET /accounts/profile': { status: 200 },
    'POST /accounts/profile': { status: 303, body: () => ({ firstName: 'a', lastName: 'b' }) },
    'GET /accounts/sessions': { status: 200 },
    'POST /accounts/sessions/:id/end': { status: 303, id: session },
    'POST /accounts/sessions/end-others': { status: 303 },
    'GET /accounts/username': { status: 200 },
    'POST /accounts/username': { status: 303, body: () => ({ username: newUsername() }) },
    'GET /accounts/password/change': { status: 200 },
    'POST /accounts/password/change': {
      status: 303,
      body: () => ({
        ...password,
        password: 'a brand new passphrase',
        passwordConfirm: 'a brand new passphrase',
      }),
    },
    'GET /accounts/email/change': { status: 200 },
    'POST /accounts/email/change': {
      status: 303,
      body: () => ({ ...password, email: 'new@example.com' }),
    },
    'POST /accounts/email/verify/again': { status: 303 },
    'POST /accounts/email/verify/resend': {
      status: 303,
      body: async () => ({ username: (await account()).username, password: PASSWORD }),
    },
    'GET /accounts/delete': { status: 200 },
    'POST /accounts/delete': { status: 303, body: () => password },
    'GET /accounts/password/reset': { status: 200 },
    'POST /accounts/password/reset': { status: 303, body: () => ({ email: 'a@example.com' }) },
    'GET /accounts/password/reset/done': { status: 200 },
    // Those behind mailed links say that a link is needed.
    'GET /accounts/email/verify': { status: 400 },
    'POST /accounts/email/verify': { status: 400 },
    'POST /accounts/email/verify/password': { status: 400 },
    'GET /accounts/email/undo': { status: 400 },
    'POST /accounts/email/undo': { status: 400 },
    'GET /accounts/password/reset/confirm': { status: 400 },
    'POST /accounts/password/reset/confirm': { status: 400 },
    'GET /accounts/federation/:provider': {
      status: 303,
      id: () => Promise.resolve('example'),
    },
    // Nothing was begun in this browser.
    'GET /accounts/federation/:provider/callback': {
      status: 400,
      id: () => Promise.resolve('example'),
    },
    'POST /accounts/federation/:provider/callback': {
      status: 303,
      id: () => Promise.resolve('example'),
    },
    'GET /accounts/federation/:provider/again': {
      status: 303,
      id: () => Promise.resolve('example'),
    },
    'POST /accounts/federation/:provider/connect': {
      status: 200,
      id: () => Promise.resolve('example'),
    },
    'POST /accounts/identities/:id/disconnect': { status: 303, id: identity },
    'GET /admin/providers': { status: 200 },
    'GET /admin/providers/add': { status: 200 },
    'POST /admin/providers/add': {
      status: 303,
      body: () => ({ ...newProvider(), name: newUsername() }),
    },
    'GET /admin/providers/:id': { status: 200, id: stored },
    'POST /admin/providers/:id': {
      status: 303,
      id: stored,
      body: () => ({ ...newProvider(), label: 'Changed', scopes: 'openid' }),
    },
    'GET /admin/providers/:id/delete': { status: 200, id: stored },
    'POST /admin/providers/:id/delete': { status: 303, id: stored },
    'GET /accounts/reauthenticate': { status: 200 },
    // It asks for the caller's own password, which they all have.
    'POST /accounts/reauthenticate': { status: 303, body: () => ({ password: PASSWORD }) },
    'GET /admin': { status: 200 },
    'GET /admin/access': { status: 200 },
    'GET /admin/audit': { status: 200 },
    'GET /admin/audit/export': { status: 200 },
    'GET /admin/mail': { status: 200 },
    'POST /admin/mail/:id/retry': { status: 303, id: mail },
    'POST /admin/mail/retry': { status: 303 },
    'GET /admin/permissions': { status: 200 },
    'GET /admin/roles': { status: 200 },
    'GET /admin/roles/:id': { status: 200, id: role },
    'POST /admin/roles/:id': { status: 303, id: role, body: () => ({ name: newUsername() }) },
    'GET /admin/roles/:id/delete': { status: 200, id: role },
    'POST /admin/roles/:id/delete': { status: 303, id: role },
    'GET /admin/roles/:id/history': { status: 200, id: role },
    'GET /admin/roles/:id/permissions': { status: 200, id: role },
    'POST /admin/roles/:id/permissions': { status: 303, id: role },
    'GET /admin/roles/add': { status: 200 },
    'POST /admin/roles/add': { status: 303, body: () => ({ name: newUsername() }) },
    'GET /admin/users': { status: 200 },
    'GET /admin/users/export': { status: 200 },
    'GET /admin/users/:id': { status: 200, id: user },
    'POST /admin/users/:id': { status: 303, id: user, body: newUser },
    'GET /admin/users/:id/history': { status: 200, id: user },
    'GET /admin/users/:id/powers': { status: 200, id: user },
    'POST /admin/users/:id/powers/permissions': { status: 303, id: user },
    'POST /admin/users/:id/powers/roles': { status: 303, id: user },
    'POST /admin/users/:id/powers/superuser': {
      status: 303,
      id: user,
      body: () => ({ isSuperuser: 'no' }),
    },
    'GET /admin/users/:id/sessions': { status: 200, id: user },
    'POST /admin/users/actions/:action': {
      status: 303,
      id: () => Promise.resolve('deactivate'),
      body: async () => ({ ids: await user(), confirmed: 'yes' }),
    },
    'POST /admin/users/actions/delete': {
      status: 303,
      body: async () => ({ ids: await user(), confirmed: 'yes' }),
    },
    'GET /admin/users/add': { status: 200 },
    'POST /admin/users/add': { status: 303, body: newUser },
    'GET /dev/mailbox': { status: 200 },
    'GET /dev/mailbox/:id': { status: 200, id: mail },
    'GET /dev/mailbox/:id/html': { status: 200, id: mail },
  };
}
