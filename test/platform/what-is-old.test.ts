import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newSession, newUsername, register } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { built } from '../support/built.js';
import { moveClock, resetClock } from '../support/clock.js';
import { HOUR } from '../support/limits.js';
import { sessionIdOf } from '../support/page-cookies.js';

const { HousekeepingService } = await built<
  typeof import('../../src/account/housekeeping.service.js')
>('src/account/housekeeping.service.js');

const { Logger } = await built<typeof import('@nestjs/common')>('@nestjs/common');

const DAY = 24 * HOUR;

/** Rows of one table that are deleted once they are old. */
interface Aged {
  table: string;
  /** Whose time decides. */
  by: string;
  /** How long the row stays after that time, as an interval of PostgreSQL. */
  stays: string;
  /** SQL that adds a row: `$1` is the time, `$2` a name of 32 hexadecimal digits, `$3` an account. */
  add: string;
  /** SQL: the name of a row. */
  name: string;
}

const UUID = `replace(id::text, '-', '')`;
const SESSION = (idle: string, absolute: string, ended: string) => `
  INSERT INTO sessions (id, user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                        idle_expires_at, absolute_expires_at, ended_at)
  VALUES ($2::uuid, $3, now(), now(), now(), '{pwd}', '127.0.0.1', '', ${idle}, ${absolute}, ${ended})`;
const TOMORROW = `now() + interval '1 d'`;
const MAIL = (column: string) => `
  INSERT INTO mails (id, message_id, template, sealed_content, created_at, queued_at, ${column})
  SELECT $2::uuid, '', 'x', '', now(), now(), $1 WHERE $3::uuid IS NOT NULL`;

const AGED: Aged[] = [
  ...Object.entries({
    idle_expires_at: SESSION('$1::timestamptz', TOMORROW, 'NULL'),
    absolute_expires_at: SESSION(TOMORROW, '$1::timestamptz', 'NULL'),
    ended_at: SESSION(TOMORROW, TOMORROW, 'CASE WHEN $1::timestamptz < now() THEN now() END'),
  }).map(([by, add]) => ({ table: 'sessions', by, stays: '0', add, name: UUID })),
  ...['failed_at', 'delivered_at'].map((by) => ({
    ...{ table: 'mails', by, stays: '30 days', add: MAIL(by), name: UUID },
  })),
  {
    table: 'one_time_tokens',
    by: 'expires_at',
    stays: '0',
    add: `INSERT INTO one_time_tokens (hash, purpose, user_id, value, value_key, created_at, expires_at)
          VALUES ($2, 'reset_password', $3, '', '', now(), $1)`,
    name: 'hash',
  },
  {
    table: 'known_networks',
    by: 'last_seen_at',
    stays: '90 days',
    add: 'INSERT INTO known_networks (user_id, network, last_seen_at) VALUES ($3, $2, $1)',
    name: 'network',
  },
  {
    table: 'password_failures',
    by: 'last_failed_at',
    stays: '180 days',
    add: 'INSERT INTO password_failures (user_id, device, failures, last_failed_at) VALUES ($3, $2, 1, $1)',
    name: 'device',
  },
  {
    table: 'federation_attempts',
    by: 'expires_at',
    stays: '0',
    add: `INSERT INTO federation_attempts (state_hash, handle_hash, provider, issuer, purpose, sealed_secrets,
                                           redirect_uri, user_id, created_at, expires_at)
          VALUES ($2, $2, 'corp', '', 'sign_in', '', '', $3, now(), $1)`,
    name: 'state_hash',
  },
  {
    table: 'limit_counters',
    by: 'expire',
    stays: '0',
    add: `INSERT INTO limit_counters (key, points, expire)
          SELECT $2, 1, extract(epoch FROM $1::timestamptz)::bigint * 1000 WHERE $3::uuid IS NOT NULL`,
    name: 'key',
  },
  {
    table: 'finished_jobs',
    by: 'finished_at',
    stays: '30 days',
    add: `INSERT INTO finished_jobs (job_id, finished_at)
          SELECT ('x' || right($2, 16))::bit(64)::bigint, $1 WHERE $3::uuid IS NOT NULL`,
    name: `lpad(to_hex(job_id), 32, '0')`,
  },
  {
    table: 'users',
    by: 'created_at, never proven',
    stays: '90 days',
    add: `WITH registered AS (
            INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at)
            SELECT $2::uuid, $2, $2, '', '', 'x', $1 WHERE $3::uuid IS NOT NULL RETURNING id)
          INSERT INTO audit_events (occurred_at, action, origin, subject_type, subject_id)
          SELECT now(), 'user.registered', 'api', 'user', id FROM registered`,
    name: UUID,
  },
];

/** Tables whose rows have no age, and why. */
const LASTING: Record<string, string> = {
  audit_chain: 'one row',
  audit_events: 'history is only added to',
  audit_personal_changes: 'erased with the account',
  audit_seals: 'history is only added to',
  federated_identities: 'as long as the account; its owner disconnects them',
  identity_providers: 'until an administrator deletes them',
  permissions: 'what the code defines',
  role_permissions: 'until an administrator takes them away',
  roles: 'until an administrator deletes them',
  signing_keys: 'one for each rotation',
  user_permissions: 'as long as the account',
  user_roles: 'as long as the account',
  user_search_texts: 'as long as the account',
  username_skeletons: 'as long as the account',
  gatehouse_migrations: 'the state of the schema',
};

describe('what is old', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());
  afterEach(resetClock);

  it('is decided for every table there is', async () => {
    const tables = await app.database.sql<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    );
    const decided = new Set([...AGED.map(({ table }) => table), ...Object.keys(LASTING)]);
    expect(tables.map(({ name }) => name)).toEqual([...decided].toSorted());
  });

  const CLOCKS = { right: 0, '31 days ahead': 31 * DAY, '31 days behind': -31 * DAY };
  const CASES = AGED.flatMap((aged) =>
    Object.entries(CLOCKS).map(([clock, offset]) => ({ ...aged, clock, offset })),
  );

  it.each(CASES)(
    'is deleted from $table by $by, and nothing younger, by an instance whose clock is $clock [ASVS 14.2.7]',
    async ({ table, stays, add, name, offset }) => {
      const { id } = await register(app.http, { username: newUsername() });
      await app.database.settled();
      const [times] = await app.database.sql<{ old: string; young: string }>(
        `SELECT (now() - $1::interval - interval '1 h')::text AS old,
                (now() - $1::interval + interval '1 h')::text AS young`,
        [stays],
      );
      const [old, young] = [newName(), newName()];
      await app.database.sql(add, [times!.old, old, id]);
      await app.database.sql(add, [times!.young, young, id]);
      const left = async () => {
        const rows = await app.database.sql<{ name: string }>(
          `SELECT ${name} AS name FROM ${table} WHERE ${name} = ANY($1) ORDER BY 1`,
          [[old, young]],
        );
        return rows.map((row) => row.name);
      };
      expect(await left()).toEqual([old, young]);
      moveClock(offset);
      await app.nest.get(HousekeepingService, { strict: false }).sweep({ hour: 0 });
      resetClock();
      expect(await left()).toEqual([young]);
    },
  );

  it('is deleted up to a maximum by one run, which says so, and the rest by the next one', async () => {
    const MOST = 100_000;
    const warnings: string[] = [];
    const warn = jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((message: string) => void warnings.push(message));
    await app.database.sql(
      `INSERT INTO limit_counters (key, points, expire) SELECT n, 1, 1 FROM generate_series(1, $1::int + 1) AS n`,
      [MOST],
    );
    const sweepAndCount = async () => {
      await app.nest.get(HousekeepingService, { strict: false }).sweep({ hour: 0 });
      const text = 'SELECT count(*)::int AS count FROM limit_counters WHERE expire = 1';
      return (await app.database.sql<{ count: number }>(text))[0]!.count;
    };
    expect(await sweepAndCount()).toBe(1);
    expect(warnings).toEqual([expect.stringContaining(`deleted ${MOST} rows of limit_counters`)]);
    expect(await sweepAndCount()).toBe(0);
    expect(warnings).toHaveLength(1);
    warn.mockRestore();
  });

  it('is not what an instance whose clock is behind keeps using, or gives up', async () => {
    const session = await newSession(app.http);
    const before = await app.database.sql('SELECT idle_expires_at FROM sessions WHERE id = $1', [
      sessionIdOf(session.accessToken),
    ]);
    moveClock(-31 * DAY);
    const { refreshToken } = session;
    expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(200);
    resetClock();
    await app.nest.get(HousekeepingService, { strict: false }).sweep();
    const text = 'SELECT idle_expires_at FROM sessions WHERE id = $1';
    expect(await app.database.sql(text, [sessionIdOf(session.accessToken)])).toEqual(before);
  });
});

/** Above the numbers of the jobs that the application has done. */
let serial = 1_000_000;

function newName(): string {
  return (++serial).toString(16).padStart(32, '0');
}
