import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, register, signIn } from '../support/accounts.js';
import { superuserSession } from '../support/administrators.js';
import { startApp, type TestApp } from '../support/app.js';
import { Visitor } from '../support/visitor.js';

const MANY = 20_000;
/** PostgreSQL makes a plan for any values once a prepared statement has been run five times. */
const OFTEN = 8;
const TABLES = ['users', 'sessions', 'known_networks', 'federated_identities'];
const AUDIT_TABLES = ['audit_events', 'audit_seals', 'audit_personal_changes'];

const ADD_MANY = `
  WITH added AS (
    INSERT INTO users (username, username_key, email, email_key, first_name, last_name, password_hash, is_active,
                       created_at)
    SELECT 'u' || i, 'u' || i, 'u' || i || '@example.com', 'u' || i || '@example.com', '', '',
           'pbkdf2_sha256$' || 1 + i % 2 || '$salt$' || encode(sha256(i::text::bytea), 'base64'), true, now()
    FROM generate_series(1, ${MANY}) AS i RETURNING id),
  opened AS (
    INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                          idle_expires_at, absolute_expires_at)
    SELECT id, now(), now(), now(), '{pwd}', '127.0.0.1', '', now() + interval '1 day', now() + interval '1 day'
    FROM added),
  identities AS (INSERT INTO federated_identities (user_id, issuer, subject, known_as, created_at, last_used_at)
                 SELECT id, 'https://idp.example', id, '', now(), now() FROM added)
  INSERT INTO known_networks (user_id, network, last_seen_at) SELECT id, 'a network', now() FROM added`;

const ADD_MANY_EVENTS = `
  INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id)
  SELECT now(), 'user.updated', 'cli', 'user', i FROM generate_series(1, ${MANY}) AS i`;

describe('among many accounts', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
    await app.database.sql(ADD_MANY);
    await app.database.sql(ADD_MANY_EVENTS);
    await seal();
    // As autovacuum does, this moves new rows into the trigram index. Until then the planner prefers a scan.
    await app.database.sql('VACUUM ANALYZE');
    // A connection reports what it has read once a second: what it read before must not count.
    await sleep(1_100);
    await seal();
  });
  let isClosed = false;
  afterAll(() => (isClosed ? app.database.close() : app.close()));

  const seal = async () => {
    await app.database.sql(`SELECT gatehouse_jobs.add_job('seal_audit_trail')`);
    await app.database.settled();
  };
  const rowsScanned = async () => {
    const rows = await app.database.sql<{ name: string; scanned: string }>(
      `SELECT relname AS name, seq_tup_read AS scanned FROM pg_stat_user_tables
       WHERE relname = ANY('{${[...TABLES, ...AUDIT_TABLES].join()}}') ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, scanned }) => [name, Number(scanned)]));
  };

  it('signing in, refreshing, the profile, a search and sealing read no table from end to end', async () => {
    const { username, email } = await register(app.http);
    const visitor = new Visitor(app.http);
    await visitor.post('/accounts/login', { username, password: PASSWORD });
    const { http } = await superuserSession(app);
    const before = await rowsScanned();
    for (let i = 0; i < OFTEN; i++) {
      for (const name of [username, email]) {
        const { refreshToken } = await signIn(app.http, name);
        expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(200);
      }
      const body = { username: `nobody${i}`, password: PASSWORD };
      expect((await app.http.post('/api/auth/login', body)).status).toBe(401);
      expect((await visitor.get('/accounts/profile')).status).toBe(200);
      for (const search of ['u1234@example.com', 'example.com', 'nobody-has-this']) {
        expect((await http.get(`/api/users?search=${search}`)).status).toBe(200);
      }
      await seal();
    }
    // A connection tells what it has read when it ends, at the latest.
    await app.nest.close();
    isClosed = true;
    expect(await rowsScanned()).toEqual(before);
  });
});
