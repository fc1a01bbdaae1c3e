import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { newSession } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type FreezingProxy, startFreezingProxy } from '../support/freezing-proxy.js';
import { problem } from '../support/http.js';
import { eventually } from '../support/process.js';

const { DEADLINES } = await built<typeof import('../../src/platform/database/deadline-client.js')>(
  'src/platform/database/deadline-client.js',
);
/** Stands in what a connection of the pool sends first, and in no other. */
const OF_THE_POOL = 'application_name\0gatehouse\0';
const AT_ONCE = 14;

describe('a network to the database that goes silent', () => {
  const usual = { ...DEADLINES };
  let database: TestDatabase;
  let proxy: FreezingProxy;
  let app: TestApp;
  beforeAll(async () => {
    Object.assign(DEADLINES, { statement: 3_000, short: 3_000, idleInTransaction: 500 });
    database = await createDatabase();
    proxy = await startFreezingProxy(database.url);
    app = await startApp({ DATABASE_URL: proxy.url });
  });
  afterAll(async () => {
    // Ends the silence: what closes politely would wait for answers.
    proxy.close();
    await app.close();
    Object.assign(DEADLINES, usual);
    await database.close();
  });

  it('is 503 for those who wait, takes no connection of the pool, and leaves no lock', async () => {
    const { http, user } = await newSession(app.http);
    const change = () => http.patch('/api/users/me', { firstName: 'Changed' });
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id]);
    const waiting = Array.from({ length: AT_ONCE }, change);
    await eventually(async () => {
      const [row] = await database.sql<{ blocked: number }>(
        `SELECT count(*)::int AS blocked FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return row!.blocked > 0;
    }, 'a change waits for the row');
    proxy.freeze(OF_THE_POOL);
    await holder.end();

    const answers = await Promise.all(waiting);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(statuses).toContain(503);
    for (const answer of answers) {
      if (answer.status === 503) expect(problem(answer).code).toBe('service_unavailable');
    }
    // The half-open transactions end at the server, one after the other.
    await eventually(async () => (await change()).status === 200, 'the row is free');
    const again = await Promise.all(Array.from({ length: AT_ONCE }, change));
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('ends connections that were idle when it went silent', async () => {
    const { http } = await newSession(app.http);
    proxy.freeze(OF_THE_POOL);
    await eventually(
      async () => (await http.get('/api/account/sessions')).status === 200,
      'answered by a new connection',
    );
  });

  it('leaves a limit for idle transactions, which ends with the transaction', async () => {
    const { DataSource: Source } = await built<typeof import('typeorm')>('typeorm');
    const source = app.nest.get<import('typeorm').DataSource>(Source);
    const show = `SELECT current_setting('idle_in_transaction_session_timeout') AS value`;
    expect(await source.transaction((tx) => tx.query(show))).toEqual([{ value: '500ms' }]);
    expect(await source.query(show)).toEqual([{ value: '0' }]);
    await expect(
      source.transaction(async (tx) => {
        await sleep(1_000);
        await tx.query('SELECT 1');
      }),
    ).rejects.toThrow();
  });
});
