import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer, load } from '../support/load.js';
import { type Postgres, sql } from '../support/postgres.js';
import type { ServerProcess } from '../support/process.js';
import { against, type Result, type Row, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';
import { signIns } from './login.js';
import { rotations } from './refresh.js';

const FEW = 1_000;
const MANY = 1_000_000;
const SESSIONS_EACH = 5;
const SECONDS = 4;
/** So cheap that the database is what takes the time. */
const HASH_COST = 4;

/** What takes how long among a million users with five million sessions, against a thousand with five thousand. */
export async function scale(postgres: Postgres): Promise<Result> {
  const [small, large] = await Promise.all([
    populated(postgres, 'scale_small', FEW),
    populated(postgres, 'scale_large', MANY),
  ]);
  const rows: Row[] = [];
  for (const [what, timeOf] of Object.entries(OPERATIONS)) {
    const measured = await interleave({
      few: async () => timeOf(small),
      many: async () => timeOf(large),
    });
    const few = row(`${what}, ${FEW.toLocaleString('en')} users`, 'ms', measured.few);
    const many = row(`${what}, ${MANY.toLocaleString('en')} users`, 'ms', measured.many);
    rows.push(few, against(many, few, { atMost: 1.25 }));
  }
  await Promise.all([small.stop(), large.stop()]);
  return {
    name: 'scale',
    rows,
    notes: [
      `Milliseconds of the machine an operation, ${SESSIONS_EACH} sessions a user; hashes at cost ${HASH_COST}, so that a sign-in is its work in the database.`,
    ],
  };
}

type Populated = ServerProcess & { headers: Record<string, string>; users: number };

const OPERATIONS: Record<string, (gatehouse: Populated) => Promise<number>> = {
  'sign-in': async ({ url }) => time({ ...signIns(url), duration: SECONDS }),
  refresh: async ({ url }) => {
    const people = Array.from({ length: 16 }, async (_, index) => signIn(url, `user${index + 1}`));
    const tokens = (await Promise.all(people)).map(({ refreshToken }) => refreshToken);
    return time({ ...rotations(url, tokens), duration: SECONDS });
  },
  'guarded request': async ({ url, headers }) =>
    time({ url: `${url}/api/auth/session`, headers, duration: SECONDS }),
  // Whoever is sought, few are found.
  'search for a user': async ({ url, headers }) =>
    time({
      url: `${url}/api/users?search=user77`,
      headers,
      connections: 4,
      pipelining: 1,
      duration: SECONDS,
    }),
  'list of users': async ({ url, headers }) =>
    time({
      url: `${url}/api/users?limit=50`,
      headers,
      connections: 4,
      pipelining: 1,
      duration: SECONDS,
    }),
};

async function time(options: Parameters<typeof load>[0]): Promise<number> {
  return 1_000 / (await load(options)).requestsPerSecond;
}

async function populated(postgres: Postgres, name: string, users: number): Promise<Populated> {
  const database = await postgres.createDatabase(name);
  const gatehouse = await startGatehouse(database, {
    NODE_ENV: 'test',
    BCRYPT_COST: `${HASH_COST}`,
    REQUEST_LOG: 'on',
  });
  await addUsers(database, users, HASH_COST);
  await sql(database, `UPDATE users SET is_superuser = true WHERE username = 'user1'`);
  await sql(
    database,
    `INSERT INTO sessions (user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                           idle_expires_at, absolute_expires_at)
     SELECT id, now(), now(), now(), '{pwd}', '127.0.0.1', 'a browser', now() + interval '14 days', now() + interval '30 days'
     FROM users, generate_series(1, ${SESSIONS_EACH})`,
  );
  await sql(database, 'VACUUM ANALYZE');
  const { accessToken } = await signIn(gatehouse.url, 'user1');
  return { ...gatehouse, headers: bearer(accessToken), users };
}
