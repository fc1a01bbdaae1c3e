import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSession, PASSWORD, register, signIn } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/process.js';
import { Visitor } from '../support/visitor.js';

const MOST = 100;

interface Stored {
  id: string;
  endReason: string | null;
}

describe('the sessions of an account', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  /** Sessions that were last seen so many minutes ago, from `minutes` to `minutes + count`. */
  const open = (userId: string, count: number, minutes = 1) =>
    app.database.sql(
      `INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                             idle_expires_at, absolute_expires_at)
       SELECT $1, now() - interval '1 day', now() - interval '1 min' * ($3::integer + n), now(), '{pwd}', '127.0.0.1',
              'n' || n, now() + interval '1 day', now() + interval '1 day'
       FROM generate_series(0, $2::integer - 1) AS n`,
      [userId, count, minutes],
    );
  const alive = async (userId: string) => {
    const rows = await app.database.sql<Stored>(
      `SELECT id, end_reason AS "endReason" FROM sessions WHERE user_id = $1 AND ended_at IS NULL`,
      [userId],
    );
    return rows.map(({ id }) => id);
  };
  const endedOf = (userId: string) =>
    app.database.sql<{ userAgent: string; endReason: string }>(
      `SELECT user_agent AS "userAgent", end_reason AS "endReason" FROM sessions
       WHERE user_id = $1 AND ended_at IS NOT NULL ORDER BY last_seen_at`,
      [userId],
    );

  it('are at most 100: another sign-in ends the one that was not used for longest', async () => {
    const { user, username } = await newSession(app.http);
    await open(user.id, MOST - 1);
    expect(await alive(user.id)).toHaveLength(MOST);
    expect(await endedOf(user.id)).toEqual([]);
    await signIn(app.http, username);
    expect(await alive(user.id)).toHaveLength(MOST);
    const oldest = { userAgent: `n${MOST - 2}`, endReason: 'too_many_sessions' };
    expect(await endedOf(user.id)).toEqual([oldest]);
    await signIn(app.http, username);
    expect(await endedOf(user.id)).toEqual([oldest, { ...oldest, userAgent: `n${MOST - 3}` }]);
  });

  it('end with their tokens at once, and leave those of others alone', async () => {
    const other = await newSession(app.http);
    const first = await newSession(app.http);
    expect((await first.http.get('/api/auth/session')).status).toBe(200);
    await app.database.sql(
      `UPDATE sessions SET last_seen_at = now() - interval '3 h' WHERE user_id = $1`,
      [first.user.id],
    );
    await open(first.user.id, MOST - 1);
    expect((await first.http.get('/api/auth/session')).status).toBe(200);
    const latest = await signIn(app.http, first.username);
    expect((await first.http.get('/api/auth/session')).status).toBe(401);
    const { refreshToken } = first;
    expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(401);
    for (const http of [app.http.as(latest.accessToken), other.http]) {
      expect((await http.get('/api/auth/session')).status).toBe(200);
    }
  });

  it('are at most 100 after 20 sign-ins at once, and each of these is alive', async () => {
    const { id, username } = await register(app.http);
    await open(id, MOST - 5);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        app.http.post<{ accessToken: string }>('/api/auth/login', { username, password: PASSWORD }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await alive(id)).toHaveLength(MOST);
    for (const { body } of answers) {
      expect((await app.http.as(body.accessToken).get('/api/auth/session')).status).toBe(200);
    }
  });

  it('that have expired go first, and one whose clock is ahead never ends the one just opened', async () => {
    const { id, username } = await register(app.http);
    await open(id, MOST, -60);
    await app.database.sql(
      `UPDATE sessions SET idle_expires_at = now() - interval '1 s' WHERE user_id = $1 AND user_agent = 'n0'`,
      [id],
    );
    const { accessToken } = await signIn(app.http, username);
    expect((await endedOf(id)).map(({ userAgent }) => userAgent)).toEqual(['n0']);
    await eventually(
      async () => (await app.http.as(accessToken).get('/api/auth/session')).status === 200,
      'the new session is alive',
    );
  });

  it('let the owner confirm a sign-in from the one that would end next', async () => {
    const { id, username } = await register(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    await app.database.sql(
      `UPDATE sessions SET last_seen_at = now() - interval '3 h' WHERE user_id = $1`,
      [id],
    );
    await open(id, MOST - 1);
    const { status } = await visitor.post('/accounts/reauthenticate', { password: PASSWORD });
    expect(status).toBe(303);
    expect((await visitor.get('/accounts/profile')).status).toBe(200);
    expect((await endedOf(id)).map(({ endReason }) => endReason)).toEqual(['replaced']);
  });

  it('are trimmed when many are added by hand, too', async () => {
    const { id } = await register(app.http);
    await open(id, 500);
    expect(await alive(id)).toHaveLength(MOST);
  });
});
