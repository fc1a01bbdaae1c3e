import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD } from '../support/accounts.js';
import { built } from '../support/built.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startFreezingProxy } from '../support/freezing-proxy.js';
import type { HttpClient } from '../support/http.js';
import { eventually, startInstance, type TestServer } from '../support/process.js';

const { LONGEST_DELAY } = await built<typeof import('../../src/platform/database/change-feed.js')>(
  'src/platform/database/change-feed.js',
);

/** A change reaches the other instance on its own connection, and not later than it is documented to. */
const soon = (check: () => Promise<boolean>, what: string) =>
  eventually(check, what, LONGEST_DELAY);

describe('two instances on one database', () => {
  let database: TestDatabase;
  let a: TestServer;
  let b: TestServer;
  beforeAll(async () => {
    database = await createDatabase();
    [a, b] = await Promise.all([startInstance(database.url), startInstance(database.url)]);
  });
  afterAll(async () => {
    await Promise.all([a.stop(), b.stop()]);
    await database.close();
  });

  const statusOf = async (http: HttpClient) => (await http.get('/api/auth/session')).status;
  const onBoth = async () => {
    const session = await newSession(a.http);
    const other = b.http.as(session.accessToken);
    // Both have the principal in memory now.
    expect([await statusOf(session.http), await statusOf(other)]).toEqual([200, 200]);
    return { ...session, other };
  };
  const expectEnded = async (session: Awaited<ReturnType<typeof onBoth>>) => {
    await soon(async () => (await statusOf(session.other)) === 401, 'ended on instance B');
    await soon(async () => (await statusOf(session.http)) === 401, 'ended on instance A');
  };
  const changes: Record<string, (s: Awaited<ReturnType<typeof onBoth>>) => Promise<unknown>> = {
    'deactivation in psql': ({ user }) =>
      database.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]),
    'password change in psql': ({ user }) =>
      database.sql(`UPDATE users SET password_hash = '!' || id WHERE id = $1`, [user.id]),
    'ending the session in psql': ({ user }) =>
      database.sql('UPDATE sessions SET ended_at = now() WHERE user_id = $1', [user.id]),
    'deleting the session in psql': ({ user }) =>
      database.sql('DELETE FROM sessions WHERE user_id = $1', [user.id]),
    'expiring the session in psql': ({ user }) =>
      database.sql('UPDATE sessions SET idle_expires_at = now() WHERE user_id = $1', [user.id]),
    'deleting the user in psql': ({ user }) =>
      database.sql('DELETE FROM users WHERE id = $1', [user.id]),
  };

  it('ends a session on both with a logout on one, at once where it was asked for [A27] [ASVS 7.4.1]', async () => {
    for (let round = 0; round < 20; round++) {
      const session = await onBoth();
      expect((await session.http.post('/api/auth/logout')).status).toBe(204);
      expect(await statusOf(session.http)).toBe(401);
      await expectEnded(session);
    }
  });

  it('ends all sessions on both when the account is deleted on one', async () => {
    const session = await onBoth();
    await session.other.delete('/api/users/me', { currentPassword: PASSWORD });
    expect(await statusOf(session.other)).toBe(401);
    await expectEnded(session);
  });

  it.each(Object.keys(changes))('ends a session on both by %s [A28]', async (name) => {
    const session = await onBoth();
    await changes[name]!(session);
    await expectEnded(session);
  });

  it('shows a change of name and power on both', async () => {
    const session = await onBoth();
    await database.sql(`UPDATE users SET username = 'renamed', is_superuser = true WHERE id = $1`, [
      session.user.id,
    ]);
    for (const http of [session.http, session.other]) {
      await soon(async () => {
        const { body } = await http.get('/api/auth/session');
        return body.username === 'renamed' && body.isSuperuser === true;
      }, 'the principal changed');
    }
  });

  it('shows roles and permissions, of whichever source, on both in time', async () => {
    const session = await onBoth();
    const { id } = session.user;
    const [role] = await database.sql<{ id: string }>(
      `INSERT INTO roles (name) VALUES ('auditor') RETURNING id`,
    );
    const expectGrants = async (roles: string[], permissions: string[]) => {
      for (const http of [session.http, session.other]) {
        await soon(async () => {
          const { body } = await http.get('/api/auth/session');
          return (
            JSON.stringify([body.roles, body.permissions]) === JSON.stringify([roles, permissions])
          );
        }, `${roles.join()} / ${permissions.join()}`);
      }
    };
    await expectGrants([], []);
    await database.sql('INSERT INTO user_permissions VALUES ($1, $2)', [id, 'users.view']);
    await expectGrants([], ['users.view']);
    await database.sql('INSERT INTO user_roles VALUES ($1, $2)', [id, role!.id]);
    await expectGrants(['auditor'], ['users.view']);
    await database.sql('INSERT INTO role_permissions VALUES ($1, $2)', [role!.id, 'roles.view']);
    await expectGrants(['auditor'], ['roles.view', 'users.view']);
    await database.sql(`UPDATE roles SET name = 'reviewer' WHERE id = $1`, [role!.id]);
    await expectGrants(['reviewer'], ['roles.view', 'users.view']);
    await database.sql('DELETE FROM user_permissions WHERE user_id = $1', [id]);
    await expectGrants(['reviewer'], ['roles.view']);
    await database.sql('DELETE FROM roles WHERE id = $1', [role!.id]);
    await expectGrants([], []);
    await database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [id]);
    const all = await database.sql<{ codename: string }>(
      'SELECT codename FROM permissions ORDER BY 1',
    );
    await expectGrants(
      [],
      all.map(({ codename }) => codename),
    );
  });

  it('counts on both what an administrator does on one, there with the next request: grants, roles, what roles grant, deactivation [ASVS 8.3.2]', async () => {
    const boss = await newSession(a.http);
    await database.sql('UPDATE users SET is_superuser = true WHERE id = $1', [boss.user.id]);
    await eventually(async () => (await boss.http.get('/api/roles')).status === 200, 'a superuser');
    const session = await onBoth();
    const user = `/api/users/${session.user.id}`;
    const { body: role } = await boss.http.post<{ id: string }>('/api/roles', { name: 'viewer' });
    const mayLook = async (answer: number) => {
      // Where it was done, with the very next request.
      expect((await session.http.get('/api/users')).status).toBe(answer);
      await soon(
        async () => (await session.other.get('/api/users')).status === answer,
        `${answer} on instance B`,
      );
    };
    await mayLook(403);
    await boss.http.put(`${user}/permissions`, { permissions: ['users.view'] });
    await mayLook(200);
    await boss.http.put(`${user}/permissions`, { permissions: [] });
    await mayLook(403);
    await boss.http.put(`/api/roles/${role.id}/permissions`, { permissions: ['users.view'] });
    await boss.http.put(`${user}/roles`, { roles: ['viewer'] });
    await mayLook(200);
    await boss.http.put(`/api/roles/${role.id}/permissions`, { permissions: [] });
    await mayLook(403);
    await boss.http.patch(user, { isSuperuser: true });
    await mayLook(200);
    await boss.http.patch(user, { isSuperuser: false });
    await mayLook(403);
    await boss.http.patch(user, { isActive: false });
    await mayLook(401);
  });

  it('accepts on one what the other has signed, also after a rotation of keys', async () => {
    const kidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string };
    const { accessToken } = await onBoth();
    await database.sql(
      `UPDATE signing_keys SET state = 'retired', retired_at = now() WHERE state = 'active'`,
    );
    await database.sql(
      `UPDATE signing_keys SET state = 'active', activated_at = now() WHERE state = 'next'`,
    );
    await eventually(
      async () => kidOf((await newSession(a.http)).accessToken).kid !== kidOf(accessToken).kid,
      'the rotation arrived',
    );
    const after = await newSession(a.http);
    expect(await statusOf(b.http.as(after.accessToken))).toBe(200);
    expect(await statusOf(b.http.as(accessToken))).toBe(200);
  });

  it('asks the database on every request while it does not hear of changes, and trusts its memory again after', async () => {
    const session = await onBoth();
    const listeners = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'gatehouse change feed'`;
    const queries = async () => {
      await database.sql('SELECT pg_stat_force_next_flush()');
      const [row] = await database.sql<{ n: string }>(
        `SELECT idx_scan AS n FROM pg_stat_user_indexes WHERE indexrelname = 'sessions_pkey'`,
      );
      return Number(row!.n);
    };
    expect(await database.sql(listeners)).toHaveLength(2);

    // Nobody may listen again for now: both instances are deaf.
    await database.admin((name) => `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await database.sql(`SELECT pg_terminate_backend(pid) FROM (${listeners}) AS l`);
    await eventually(
      () => a.output().includes('is down') && b.output().includes('is down'),
      'deaf',
    );
    expect([await statusOf(session.http), await statusOf(session.other)]).toEqual([200, 200]);

    // What changes now is announced to nobody, and still counts with the very next request.
    await database.sql('UPDATE sessions SET ended_at = now() WHERE user_id = $1', [
      session.user.id,
    ]);
    expect([await statusOf(session.http), await statusOf(session.other)]).toEqual([401, 401]);

    await database.admin((name) => `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await eventually(
      () => a.output().includes('again') && b.output().includes('again'),
      'listening again',
    );
    await eventually(async () => (await database.sql(listeners)).length === 2, 'two listeners');
    const fresh = await onBoth();
    const before = await queries();
    for (let i = 0; i < 50; i++) expect(await statusOf(fresh.http)).toBe(200);
    expect((await queries()) - before).toBeLessThan(5);
  });

  it('notices in time that its listening connection has fallen silent without closing', async () => {
    const proxy = await startFreezingProxy(database.url);
    const deaf = await startInstance(proxy.url);
    try {
      const session = await newSession(deaf.http);
      expect(await statusOf(session.http)).toBe(200);
      proxy.freeze('gatehouse change feed');
      await database.sql('UPDATE sessions SET ended_at = now() WHERE user_id = $1', [
        session.user.id,
      ]);
      await sleep(LONGEST_DELAY);
      expect(await statusOf(session.http)).toBe(401);
      expect(deaf.output()).toContain('Notifications do not arrive');
      await eventually(() => deaf.output().includes('Listening for changes again'), 'again');
    } finally {
      proxy.close();
      await deaf.stop('SIGKILL');
    }
  });
});
