import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { newSession } from '../support/accounts.js';

const { SessionPurgeService } = await built<
  typeof import('../../src/sessions/session-purge.service.js')
>('src/sessions/session-purge.service.js');

/** So many that their table is looked through in parts. */
const MANY = 60_000;

describe('deleting sessions that are over', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const count = async (condition: string) => {
    const [row] = await app.database.sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM sessions WHERE ${condition}`,
    );
    return row!.count;
  };

  it('deletes a twenty-fourth of those nobody came back to, and all of the others, every hour', async () => {
    const alive = await newSession(app.http);
    // More than an account can have, for their number alone.
    await app.database.sql('ALTER TABLE sessions DISABLE TRIGGER sessions_end_surplus');
    const add = (idle: string, absolute: string) =>
      app.database.sql(
        `INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                               idle_expires_at, absolute_expires_at)
         SELECT id, now(), now(), now(), '{pwd}', '127.0.0.1', repeat('x', 512), ${idle}, ${absolute}
         FROM users, generate_series(1, $1::integer) AS n`,
        [MANY],
      );
    await add(`now() - n * interval '1 s'`, `now() + interval '1 day'`);
    await add(`now() + interval '1 day'`, `now() - interval '1 s'`);
    await app.database.sql(
      `UPDATE sessions SET ended_at = now() WHERE ctid IN
         (SELECT ctid FROM sessions WHERE idle_expires_at > now() AND absolute_expires_at < now() LIMIT 12000)`,
    );
    const purge = app.nest.get(SessionPurgeService);

    const first = await purge.purge({ hour: 0 });
    expect(await count('absolute_expires_at < now() OR ended_at IS NOT NULL')).toBe(0);
    const left = await count('idle_expires_at < now()');
    expect(left).toBeGreaterThan(MANY / 2);
    expect(left).toBeLessThan(MANY);
    expect(first).toBe(2 * MANY - left);

    for (let hour = 1; hour < 24; hour++) await purge.purge({ hour });
    expect(await count('true')).toBe(1);
    expect((await alive.http.get('/api/auth/session')).status).toBe(200);
  });
});
