import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_ACTIONS } from '../../src/audit/audit-actions.js';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { sessionWith, superuserSession, type Session } from '../support/administrators.js';
import { startApp, type TestApp, testVariables } from '../support/app.js';
import { problem } from '../support/http.js';
import { eventually, ROOT, run } from '../support/process.js';

interface Event {
  id: string;
  action: string;
  origin: string;
  actor: { id: string; username: string | null } | null;
  subject: { type: string; id: string; name: string | null };
  sessionId: string | null;
  ip: string | null;
  userAgent: string | null;
  reason: string | null;
  changes: Record<string, { old: unknown; new: unknown }>;
}
const isNoSignIn = ({ action }: Event) => !action.startsWith('user.sign');

interface Page {
  items: Event[];
  nextCursor: string | null;
}

describe('the audit trail', () => {
  let app: TestApp;
  let boss: Session;
  beforeAll(async () => {
    app = await startApp();
    boss = await superuserSession(app);
  });
  afterAll(() => app.close());

  const events = async (query: string) => {
    const { status, body, text } = await boss.http.get<Page>(`/api/audit-events?${query}`);
    expect({ status, text }).toEqual({ status: 200, text });
    return body;
  };
  const about = async (subjectId: string) => (await events(`subjectId=${subjectId}`)).items;
  /** What was told of a subject, the latest first: what happened, by whom, and what changed. */
  const story = async (subjectId: string) =>
    (await about(subjectId)).filter(isNoSignIn).map(({ action, actor, changes }) => ({
      action,
      by: actor?.username ?? null,
      changes,
    }));

  it('tells every change of an account: who, from where, in which session, old and new values [ASVS 16.2.1]', async () => {
    const { http, user } = await newSession(app.http);
    const path = `/api/users/${user.id}`;
    await http.patch('/api/users/me', { firstName: 'Ann' });
    await http.patch('/api/users/me', { firstName: 'Ann' });
    await boss.http.patch(path, { email: 'ann@example.org', isSuperuser: true });
    await boss.http.patch(path, { isActive: false });
    await boss.http.patch(path, { isActive: true, isSuperuser: false });
    await boss.http.put(`${path}/roles`, { roles: ['admin'] });
    await boss.http.put(`${path}/roles`, { roles: ['admin'] });
    await boss.http.put(`${path}/permissions`, { permissions: ['users.view'] });
    await boss.http.delete(`${path}/sessions`);
    const by = boss.username;
    const change = (field: string, old: unknown, value: unknown) => ({
      [field]: { old, new: value },
    });
    expect(await story(user.id)).toEqual([
      { action: 'user.sessions_ended', by, changes: {} },
      {
        action: 'user.permissions_changed',
        by,
        changes: change('permissions', [], ['users.view']),
      },
      { action: 'user.roles_changed', by, changes: change('roles', [], ['admin']) },
      { action: 'user.superuser_revoked', by, changes: change('isSuperuser', true, false) },
      { action: 'user.activated', by, changes: change('isActive', false, true) },
      { action: 'user.deactivated', by, changes: change('isActive', true, false) },
      { action: 'user.superuser_granted', by, changes: change('isSuperuser', false, true) },
      { action: 'user.updated', by, changes: change('email', user.email, 'ann@example.org') },
      { action: 'user.updated', by: user.username, changes: change('firstName', '', 'Ann') },
      {
        action: 'user.registered',
        by: null,
        changes: {
          ...change('username', null, user.username),
          ...change('email', null, user.email),
        },
      },
    ]);
    const [latest] = await about(user.id);
    const { body: session } = await boss.http.get('/api/auth/session');
    expect(latest).toMatchObject({
      origin: 'api',
      actor: { id: boss.user.id, username: boss.username },
      subject: { type: 'user', id: user.id, name: user.username },
      sessionId: session.sessionId,
      ip: '127.0.0.1',
      userAgent: 'node',
    });
  });

  it('tells of sign-ins, of failures with their reason, and of sign-outs [ASVS 16.3.1]', async () => {
    const { user, username, http } = await newSession(app.http);
    const { body: session } = await http.get('/api/auth/session');
    const signInWith = (password: string, name = username) =>
      app.http.post('/api/auth/login', { username: name, password });
    expect((await signInWith('not the password')).status).toBe(401);
    const wrong = { currentPassword: 'not the password', newPassword: 'a brand new passphrase' };
    expect((await http.post('/api/account/password/change', wrong)).status).toBe(422);
    await http.post('/api/auth/logout');
    await boss.http.patch(`/api/users/${user.id}`, { isActive: false });
    expect((await signInWith(PASSWORD)).status).toBe(401);
    expect((await signInWith('what somebody typed', 'nobody')).status).toBe(401);
    const told = (await about(user.id)).map(({ action, actor, reason, sessionId, ip }) => {
      return { action, by: actor?.username ?? null, reason, sessionId, ip };
    });
    const ip = '127.0.0.1';
    const { sessionId } = session;
    const failed = { action: 'user.sign_in_failed', by: null, sessionId: null, ip };
    const own = { by: username, sessionId, ip };
    expect(told).toEqual([
      { ...failed, reason: 'inactive_account' },
      expect.objectContaining({ action: 'user.deactivated' }),
      { action: 'user.signed_out', ...own, reason: null },
      { action: 'user.password_proof_failed', ...own, reason: 'wrong_password' },
      { ...failed, reason: 'wrong_password' },
      { action: 'user.signed_in', ...own, reason: null },
      expect.objectContaining({ action: 'user.registered' }),
    ]);
    const [unknown] = (await events('action=user.sign_in_failed')).items;
    expect(unknown).toMatchObject({ reason: 'unknown_account', changes: {} });
    // What is typed into the wrong field may be a password.
    expect(JSON.stringify(unknown)).not.toContain('nobody');
  });

  it('tells who was refused at a route that asks for more, once a minute [ASVS 16.3.2]', async () => {
    const { http, user, username } = await newSession(app.http);
    const denials = async () =>
      (await events('action=access.denied')).items.filter(({ actor }) => actor?.id === user.id);
    for (let i = 0; i < 3; i++) expect((await http.get('/api/users?search=x')).status).toBe(403);
    expect((await http.delete(`/api/users/${boss.user.id}`)).status).toBe(403);
    await http.delete('/api/users/me', { currentPassword: 'not the password' });
    await eventually(async () => (await denials()).length === 2, 'told');
    expect((await denials()).map(({ subject, actor, origin }) => [subject, actor, origin])).toEqual(
      ['DELETE /api/users/:id', 'GET /api/users'].map((id) => [
        { type: 'route', id, name: null },
        { id: user.id, username },
        'api',
      ]),
    );
  });

  it('tells every change of a role', async () => {
    const { body: role } = await boss.http.post<{ id: string }>('/api/roles', {
      name: 'proofreader',
    });
    const path = `/api/roles/${role.id}`;
    await boss.http.patch(path, { description: 'Edits' });
    await boss.http.put(`${path}/permissions`, { permissions: ['users.view'] });
    expect((await about(role.id))[0]!.subject).toEqual({
      type: 'role',
      id: role.id,
      name: 'proofreader',
    });
    await boss.http.delete(path);
    expect((await story(role.id)).map(({ action, changes }) => ({ action, changes }))).toEqual([
      {
        action: 'role.deleted',
        changes: {
          name: { old: 'proofreader', new: null },
          permissions: { old: ['users.view'], new: null },
          users: { old: [], new: null },
          userCount: { old: 0, new: null },
        },
      },
      {
        action: 'role.permissions_changed',
        changes: { permissions: { old: [], new: ['users.view'] } },
      },
      { action: 'role.updated', changes: { description: { old: '', new: 'Edits' } } },
      {
        action: 'role.created',
        changes: { name: { old: null, new: 'proofreader' }, description: { old: null, new: '' } },
      },
    ]);
    expect((await about(role.id))[0]!.subject.name).toBe(null);
  });

  it('tells what is done on the command line, and by the application itself', async () => {
    const variables = testVariables(app.database.url);
    expect(await run('cli', ['keys', 'rotate'], variables).exited).toBe(0);
    const [rotated] = (await events('action=signing_key.rotated')).items;
    expect(rotated).toMatchObject({ origin: 'cli', actor: null, ip: null, sessionId: null });
    const added = (await events('action=permission.added&limit=100')).items;
    expect(added.map(({ subject }) => subject.id)).toContain('users.view');
    expect(added[0]).toMatchObject({ origin: 'system', actor: null });
  });

  it('tells nothing of what was refused or rolled back but the refusal itself [ASVS 2.3.3]', async () => {
    const clerk = await sessionWith(app, ['users.change', 'users.add']);
    const { id } = await register(app.http);
    const before = (await events('limit=1')).items[0]!.id;
    await clerk.http.put(`/api/users/${id}/roles`, { roles: ['admin'] });
    await clerk.http.patch(`/api/users/${id}`, { username: boss.username });
    await clerk.http.post('/api/users', {
      username: 'nobody',
      email: 'nobody@example.com',
      roles: ['admin'],
    });
    const since = (await events('limit=10')).items.filter(
      (event) => Number(event.id) > Number(before),
    );
    expect(since.filter(({ action }) => action !== 'access.denied')).toEqual([]);
  });

  it('outlives whom it tells of, without what is personal', async () => {
    const admin = await sessionWith(app, [], ['admin']);
    const { id, username } = await register(app.http);
    await admin.http.patch(`/api/users/${id}`, { firstName: 'Secretname', isActive: false });
    await admin.http.delete(`/api/users/${id}`);
    await admin.http.delete('/api/users/me', { currentPassword: PASSWORD });
    const told = await about(id);
    expect(told.map(({ action }) => action)).toEqual([
      'user.deleted',
      'user.deactivated',
      'user.updated',
      'user.registered',
    ]);
    expect(told[0]!.actor).toEqual({ id: admin.user.id, username: null });
    expect(told[1]!.changes).toEqual({ isActive: { old: true, new: false } });
    expect(told[2]!.changes).toEqual({});
    const everything = JSON.stringify([
      await app.database.sql('SELECT * FROM audit_events'),
      await app.database.sql('SELECT * FROM audit_personal_changes'),
    ]);
    for (const personal of ['Secretname', username, `${username}@example.com`]) {
      expect(everything).not.toContain(personal);
    }
  });

  it('is only added to, also in psql [ASVS 16.4.2]', async () => {
    const before = await app.database.fingerprint();
    for (const statement of [
      `UPDATE audit_events SET action = 'nothing'`,
      'DELETE FROM audit_events',
      'TRUNCATE audit_events',
      `UPDATE audit_personal_changes SET changes = '{}'`,
      'DELETE FROM audit_personal_changes',
      'TRUNCATE audit_personal_changes',
    ]) {
      await expect(app.database.sql(statement)).rejects.toThrow(/refused|erased with its user/);
    }
    expect(await app.database.fingerprint()).toBe(before);
  });

  it('holds no secret [A33] [ASVS 16.2.5]', async () => {
    const { username } = await newSession(app.http);
    const { refreshToken, accessToken } = await signIn(app.http, username);
    const rows = await app.database.sql(
      `SELECT e::text || coalesce(p::text, '') AS row FROM audit_events e
       LEFT JOIN audit_personal_changes p ON p.event_id = e.id`,
    );
    const text = JSON.stringify(rows);
    for (const secret of [PASSWORD, '$2b$', refreshToken, accessToken]) {
      expect(text).not.toContain(secret);
    }
  });

  it('is filtered and read page by page, newest first', async () => {
    const { user } = await newSession(app.http);
    const ids: string[] = [];
    let cursor = '';
    do {
      const page = await events(`limit=3${cursor}`);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ? `&cursor=${page.nextCursor}` : '';
    } while (cursor);
    const rows = await app.database.sql<{ id: string }>(
      'SELECT id FROM audit_events ORDER BY id DESC',
    );
    expect(ids).toEqual(rows.map(({ id }) => id));

    const actions = async (query: string) =>
      new Set((await events(query)).items.map(({ action }) => action));
    expect(await actions('action=user.registered')).toEqual(new Set(['user.registered']));
    expect(await actions(`actorId=${boss.user.id}&action=role.deleted`)).toEqual(
      new Set(['role.deleted']),
    );
    expect(await actions(`subjectType=user&subjectId=${user.id}`)).toEqual(
      new Set(['user.registered', 'user.signed_in']),
    );
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    expect(await actions(`from=${tomorrow}`)).toEqual(new Set());
    expect((await actions(`to=${tomorrow}`)).size).toBeGreaterThan(1);
    expect((await actions('from=2026-01-01T09:00:00%2B23:00')).size).toBeGreaterThan(1);
    for (const [query, field] of [
      ['actorId=me', 'actorId'],
      ['from=yesterday', 'from'],
      ['from=2026-02-31T00:00:00Z', 'from'],
      ['to=0', 'to'],
      ['from=2026-W10', 'from'],
      ['action=x', 'action'],
      ['subjectId=%00', 'subjectId'],
      ['cursor=x', 'cursor'],
      ['limit=1000', 'limit'],
    ]) {
      const answer = await boss.http.get(`/api/audit-events?${query}`);
      expect({ query, status: answer.status }).toEqual({ query, status: 422 });
      expect(problem(answer).errors[0]!.field).toBe(field);
    }
  });

  it('is documented, action by action', () => {
    const page = readFileSync(join(ROOT, 'docs/audit.md'), 'utf8').replaceAll(/ {2,}/g, ' ');
    const rows = [...page.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| (.*) \|$/gm)];
    expect(rows.map(([, action, meaning]) => [action, meaning])).toEqual(
      Object.entries(AUDIT_ACTIONS),
    );
  });
});
