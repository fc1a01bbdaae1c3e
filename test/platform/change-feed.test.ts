import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS } from '../../src/platform/database/topics.js';
import { newSession, newUsername, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { eventually, ROOT } from '../support/process.js';

const { ChangeFeed, LONGEST_DELAY } = await built<
  typeof import('../../src/platform/database/change-feed.js')
>('src/platform/database/change-feed.js');
const { principalOfSession } = await built<typeof import('../../src/auth/principals.service.js')>(
  'src/auth/principals.service.js',
);

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** What the change is about: the caller, somebody else, and the caller's powers. */
interface Given {
  session: string;
  user: string;
  other: string;
  role: string;
  otherRole: string;
  /** Granted directly, by the role, and to nobody. */
  direct: string;
  byRole: string;
  free: string;
}

interface Change {
  /** Whether the caller is a superuser. */
  isSuperuser?: boolean;
  sql: (given: Given) => string;
}

/** For each column that a principal is made of, statements that change it. */
const COLUMNS: Record<string, Change[]> = {
  'permissions.codename': [
    {
      isSuperuser: true,
      sql: ({ free }) =>
        `UPDATE permissions SET codename = codename || '.renamed' WHERE codename = '${free}'`,
    },
  ],
  'role_permissions.permission_codename': [
    {
      sql: ({ role, free }) =>
        `UPDATE role_permissions SET permission_codename = '${free}' WHERE role_id = '${role}'`,
    },
  ],
  'role_permissions.role_id': [
    {
      sql: ({ role, otherRole }) =>
        `UPDATE role_permissions SET role_id = '${otherRole}' WHERE role_id = '${role}'`,
    },
  ],
  'roles.id': [
    { sql: ({ role }) => `UPDATE roles SET id = gen_random_uuid() WHERE id = '${role}'` },
  ],
  'roles.name': [
    { sql: ({ role }) => `UPDATE roles SET name = name || ' renamed' WHERE id = '${role}'` },
  ],
  'sessions.absolute_expires_at': [
    {
      sql: ({ session }) =>
        `UPDATE sessions SET absolute_expires_at = now() + interval '1 minute' WHERE id = '${session}'`,
    },
    {
      sql: ({ session }) =>
        `UPDATE sessions SET absolute_expires_at = now() WHERE id = '${session}'`,
    },
  ],
  'sessions.amr': [
    { sql: ({ session }) => `UPDATE sessions SET amr = '{fed}' WHERE id = '${session}'` },
  ],
  'sessions.authenticated_at': [
    {
      sql: ({ session }) =>
        `UPDATE sessions SET authenticated_at = authenticated_at - interval '1 day' WHERE id = '${session}'`,
    },
  ],
  'sessions.ended_at': [
    { sql: ({ session }) => `UPDATE sessions SET ended_at = now() WHERE id = '${session}'` },
  ],
  'sessions.id': [
    { sql: ({ session }) => `UPDATE sessions SET id = gen_random_uuid() WHERE id = '${session}'` },
  ],
  'sessions.idle_expires_at': [
    {
      sql: ({ session }) => `UPDATE sessions SET idle_expires_at = now() WHERE id = '${session}'`,
    },
    {
      sql: ({ session }) =>
        `UPDATE sessions SET idle_expires_at = idle_expires_at + interval '1 minute' WHERE id = '${session}'`,
    },
  ],
  'sessions.user_id': [
    {
      sql: ({ session, other }) =>
        `UPDATE sessions SET user_id = '${other}' WHERE id = '${session}'`,
    },
  ],
  'user_permissions.permission_codename': [
    {
      sql: ({ user, free }) =>
        `UPDATE user_permissions SET permission_codename = '${free}' WHERE user_id = '${user}'`,
    },
  ],
  'user_permissions.user_id': [
    {
      sql: ({ user, other }) =>
        `UPDATE user_permissions SET user_id = '${other}' WHERE user_id = '${user}'`,
    },
  ],
  'user_roles.role_id': [
    {
      sql: ({ user, otherRole }) =>
        `UPDATE user_roles SET role_id = '${otherRole}' WHERE user_id = '${user}'`,
    },
  ],
  'user_roles.user_id': [
    {
      sql: ({ user, other }) =>
        `UPDATE user_roles SET user_id = '${other}' WHERE user_id = '${user}'`,
    },
  ],
  'users.id': [
    { sql: ({ user }) => `UPDATE users SET id = gen_random_uuid() WHERE id = '${user}'` },
  ],
  'users.is_active': [
    { sql: ({ user }) => `UPDATE users SET is_active = false WHERE id = '${user}'` },
  ],
  'users.is_superuser': [
    { sql: ({ user }) => `UPDATE users SET is_superuser = true WHERE id = '${user}'` },
    {
      isSuperuser: true,
      sql: ({ user }) => `UPDATE users SET is_superuser = false WHERE id = '${user}'`,
    },
  ],
  'users.username': [
    { sql: ({ user }) => `UPDATE users SET username = 'renamed' WHERE id = '${user}'` },
  ],
};

/** Rows that come and go, of each table that a principal is made of. */
const ROWS: Record<string, Change[]> = {
  permissions: [
    { isSuperuser: true, sql: ({ free }) => `INSERT INTO permissions VALUES ('${free}.new', 'x')` },
    { isSuperuser: true, sql: ({ free }) => `DELETE FROM permissions WHERE codename = '${free}'` },
  ],
  role_permissions: [
    { sql: ({ role, free }) => `INSERT INTO role_permissions VALUES ('${role}', '${free}')` },
    { sql: ({ role }) => `DELETE FROM role_permissions WHERE role_id = '${role}'` },
  ],
  roles: [{ sql: ({ role }) => `DELETE FROM roles WHERE id = '${role}'` }],
  sessions: [{ sql: ({ session }) => `DELETE FROM sessions WHERE id = '${session}'` }],
  user_permissions: [
    { sql: ({ user, free }) => `INSERT INTO user_permissions VALUES ('${user}', '${free}')` },
    { sql: ({ user }) => `DELETE FROM user_permissions WHERE user_id = '${user}'` },
  ],
  user_roles: [
    { sql: ({ user, otherRole }) => `INSERT INTO user_roles VALUES ('${user}', '${otherRole}')` },
    { sql: ({ user }) => `DELETE FROM user_roles WHERE user_id = '${user}'` },
  ],
  users: [{ sql: ({ user }) => `DELETE FROM users WHERE id = '${user}'` }],
};

const TABLES = Object.keys(ROWS);

const CHANGES = [
  ...[...Object.entries(COLUMNS), ...Object.entries(ROWS)].flatMap(([name, changes]) =>
    changes.map((change, index) => ({ name: `${name} ${index + 1}`, change })),
  ),
  ...TABLES.map((table) => ({
    name: `TRUNCATE ${table}`,
    change: { isSuperuser: table === 'permissions', sql: () => `TRUNCATE ${table} CASCADE` },
  })),
].flatMap((one) => (['origin', 'replica'] as const).map((role) => ({ ...one, role })));

/** What others refer to keeps its key, unless foreign keys are off. */
const REFUSED = new Set(['roles.id 1', 'users.id 1']);

async function prepare(isSuperuser: boolean) {
  const { http, user, accessToken } = await newSession(app.http);
  const payload = Buffer.from(accessToken.split('.')[1]!, 'base64url').toString();
  const [direct, byRole, free] = [newUsername(), newUsername(), newUsername()];
  const [role, otherRole] = await app.database.sql<{ id: string }>(
    `INSERT INTO roles (name) SELECT gen_random_uuid() FROM generate_series(1, 2) RETURNING id`,
  );
  const given: Given = {
    session: (JSON.parse(payload) as { sid: string }).sid,
    user: user.id,
    other: (await register(app.http)).id,
    role: role!.id,
    otherRole: otherRole!.id,
    direct,
    byRole,
    free,
  };
  await app.database.sql(`
    INSERT INTO permissions VALUES ('${direct}', 'x'), ('${byRole}', 'x'), ('${free}', 'x');
    INSERT INTO role_permissions VALUES ('${given.role}', '${byRole}');
    INSERT INTO user_permissions VALUES ('${given.user}', '${direct}');
    INSERT INTO user_roles VALUES ('${given.user}', '${given.role}');
    UPDATE users SET is_superuser = ${isSuperuser} WHERE id = '${given.user}'`);
  await heard();
  return { http, given };
}

/** Runs statements in one transaction, as a session of that role: foreign keys and most triggers rest in a replica. */
const as = (role: 'origin' | 'replica', sql: string) =>
  app.database.sql(`SET LOCAL session_replication_role = ${role}; ${sql}`);

/** Waits until the application has heard of all that is committed. From then on it may not answer from memory. */
const heard = () => app.nest.get(ChangeFeed).settle();

/** The principal of a session by the database alone; undefined when there is none. */
async function principalOf(session: string) {
  const { text, values } = principalOfSession(session);
  const [row] = await app.database.sql<Record<string, unknown> & { expires_at: Date }>(
    text,
    values,
  );
  return row && row.expires_at > new Date()
    ? {
        userId: row.user_id,
        username: row.username,
        isSuperuser: row.is_superuser,
        roles: row.roles,
        permissions: row.permissions,
        authenticatedAt: (row.authenticated_at as Date).toISOString(),
        amr: row.amr,
        expiresAt: row.expires_at.toISOString(),
      }
    : undefined;
}

describe('a change of what a principal is made of counts with the next request [A28] [ASVS 8.3.2]', () => {
  it('is tried for every column that it is read from', async () => {
    await app.database.sql(
      `CREATE VIEW principal AS ${principalOfSession('').text.replace('$1', 'gen_random_uuid()')}`,
    );
    const rows = await app.database.sql<{ name: string }>(
      `SELECT DISTINCT relname || '.' || attname AS name
       FROM pg_rewrite JOIN pg_depend ON objid = pg_rewrite.oid AND classid = 'pg_rewrite'::regclass
       JOIN pg_class ON pg_class.oid = refobjid AND refclassid = 'pg_class'::regclass
       JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid AND attnum > 0
       WHERE ev_class = 'principal'::regclass ORDER BY 1`,
    );
    await app.database.sql('DROP VIEW principal');
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(Object.keys(COLUMNS));
    expect([...new Set(names.map((name) => name.split('.')[0]))]).toEqual(TABLES);
  });

  it.each(CHANGES)(
    '$name, as $role',
    async ({ name, role, change: { isSuperuser = false, sql } }) => {
      const { http, given } = await prepare(isSuperuser);
      const shown = async () => {
        const { status, body } = await http.get('/api/auth/session');
        return status === 200 ? body : { status };
      };
      const before = await principalOf(given.session);
      expect(await shown()).toMatchObject(before!);

      const changing = as(role, sql(given));
      if (role === 'origin' && REFUSED.has(name)) {
        await expect(changing).rejects.toMatchObject({ code: '23503' });
      } else {
        await changing;
        expect(await principalOf(given.session)).not.toEqual(before);
      }
      await heard();
      const after = await principalOf(given.session);
      // A token is for who it was given to: it does not follow its session to another account.
      const isTheirs = after?.userId === given.user;
      expect(await shown()).toMatchObject(isTheirs ? after : { status: 401 });
    },
  );
});

describe('under session_replication_role = replica', () => {
  const asReplica = (sql: string) => as('replica', sql);

  it.each([
    ['a deactivation', `is_active = false`, 'deactivated'],
    ['a new password', `password_hash = '!'`, 'password_changed'],
  ])('%s ends the sessions', async (_, change, reason) => {
    const { http, user } = await newSession(app.http);
    await asReplica(`UPDATE users SET ${change} WHERE id = '${user.id}'`);
    expect(
      await app.database.sql('SELECT end_reason FROM sessions WHERE user_id = $1', [user.id]),
    ).toEqual([{ end_reason: reason }]);
    await app.database.sql('UPDATE users SET is_active = true WHERE id = $1', [user.id]);
    await heard();
    expect((await http.get('/api/auth/session')).status).toBe(401);
  });

  it('a rotation of keys is announced', async () => {
    const { username, accessToken } = await newSession(app.http);
    await asReplica(`
      UPDATE signing_keys SET state = 'retired', retired_at = now() WHERE state = 'active';
      UPDATE signing_keys SET state = 'active', activated_at = now() WHERE state = 'next'`);
    await heard();
    const header = (token: string) => token.split('.')[0];
    expect(header((await signIn(app.http, username)).accessToken)).not.toBe(header(accessToken));
  });

  it('a provider that is added is announced', async () => {
    const names = async () =>
      (await app.http.get<{ items: { name: string }[] }>('/api/auth/federation')).body.items.map(
        ({ name }) => name,
      );
    expect(await names()).toEqual([]);
    await asReplica(`
      INSERT INTO identity_providers (name, label, issuer, client_id, sealed_client_secret, scopes)
      VALUES ('added', 'x', 'https://id.example.com', 'x', 'x', 'openid')`);
    await heard();
    expect(await names()).toEqual(['added']);
  });

  it('every trigger fires that announces or ends something', async () => {
    const triggers = await app.database.sql<{ name: string; fires: string }>(
      `SELECT tgname AS name, tgenabled AS fires FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
       WHERE NOT tgisinternal AND proname ~ '^(announce|end)_' ORDER BY 1`,
    );
    expect(triggers.length).toBeGreaterThan(20);
    expect(triggers.filter(({ fires }) => fires !== 'A')).toEqual([]);
  });

  it('triggers announce the topics of the list, and no others', async () => {
    // An argument of the trigger, or written in its function.
    const announced = await app.database.sql<{ topic: string }>(`
      SELECT split_part(encode(tgargs, 'escape'), '\\000', 1) AS topic
      FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'announce_change'
      UNION SELECT (regexp_matches(prosrc, 'pg_notify\\([^;]*''(\\w+):', 'g'))[1]
      FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
      ORDER BY topic`);
    expect(announced.map(({ topic }) => topic)).toEqual(TOPICS.toSorted());
  });
});

describe('a listening connection whose other end is stopped', () => {
  it(`keeps an ended session alive for ${LONGEST_DELAY} ms at most [A28]`, async () => {
    const { http, user } = await newSession(app.http);
    expect((await http.get('/api/auth/session')).status).toBe(200);
    const [listener] = await app.database.sql<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'gatehouse change feed'`,
    );
    process.kill(listener!.pid, 'SIGSTOP');
    try {
      await app.database.sql('UPDATE sessions SET ended_at = now() WHERE user_id = $1', [user.id]);
      const endedAt = performance.now();
      const answers: { sentAfter: number; status: number }[] = [];
      do {
        const sentAfter = performance.now() - endedAt;
        answers.push({ sentAfter, status: (await http.get('/api/auth/session')).status });
        await sleep(20);
      } while (answers.at(-1)!.sentAfter < LONGEST_DELAY);
      // It was indeed told nothing.
      expect(answers[0]!.status).toBe(200);
      expect(
        answers.filter(({ sentAfter, status }) => sentAfter >= LONGEST_DELAY && status !== 401),
      ).toEqual([]);
    } finally {
      process.kill(listener!.pid, 'SIGCONT');
    }
    await eventually(() => app.nest.get(ChangeFeed).isLive, 'listening again');
  });

  it('is the one number that the documentation names', () => {
    const sentences = `A sign-out, a ban or a changed power counts with the next request on the instance that made the change. Every other instance follows within milliseconds, and within ${LONGEST_DELAY.toLocaleString('en')} ms if its listening connection stalls.`;
    for (const page of [
      'README.md',
      'docs/architecture.md',
      'docs/security.md',
      'docs/decisions/0003-revocation-by-change-feed.md',
    ]) {
      const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/\s+/g, ' ');
      expect({ page, says: text.includes(sentences) }).toEqual({ page, says: true });
    }
  });
});
