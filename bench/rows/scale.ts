import { GUARDED, HASH_COST, openPlace, type Place } from '../support/large-place.js';
import { load } from '../support/load.js';
import { SESSIONS_EACH, USER_AGENT } from '../support/population.js';
import { type Postgres, sql } from '../support/postgres.js';
import { against, alone, type Result, type Row, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';
import { rotations } from './refresh.js';

const FEW = 1_000;
const MANY = 1_000_000;
const SECONDS = 4;

/** What takes how long among a million users with five million sessions, against a thousand with five thousand. */
export async function scale(postgres: Postgres): Promise<Result> {
  const small = await openPlace(postgres, 'scale_small', FEW);
  const large = await openPlace(postgres, 'scale_large', MANY);
  const before = await rowsScanned(large);
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
  const scanned = {
    what: 'rows read from end to end meanwhile, the jobs of every minute included',
    unit: 'rows',
    value: (await rowsScanned(large)) - before,
  };
  return {
    name: 'scale',
    rows: [...rows, alone(scanned, { atMost: 0 })],
    notes: [
      `Milliseconds of the machine for one operation. ${SESSIONS_EACH} sessions a user, begun within a month and alive, each with its event in the sealed audit trail. Hashes at cost ${HASH_COST}, so that a sign-in is its work in the database.`,
      'Those who sign in and sessions that are refreshed come from all over the tables, nobody twice among many. A thousand sessions send guarded requests, from memory, or after a change that has all of them read again.',
      'Searches: the whole address of one account; a host that every fifth address has, of which the first 50 are shown; a word that no account has.',
    ],
  };
}

export const OPERATIONS: Record<string, (place: Place) => Promise<number>> = {
  'sign-in': async ({ url, people }) =>
    time({
      url: `${url}/api/auth/login`,
      connections: 8,
      requests: [
        {
          method: 'POST' as const,
          headers: { 'content-type': 'application/json', 'user-agent': USER_AGENT },
          setupRequest: (request: object) => ({ ...request, body: people.take().body }),
        },
      ],
    }),
  refresh: async ({ url, refreshTokens }) =>
    time({ ...rotations(url, refreshTokens), connections: 16 }),
  'guarded request': async ({ url, sessions }) => time(guarded(url, sessions)),
  'guarded request from the database': async ({ url, sessions, database }) => {
    await sql(database, `SELECT pg_notify('gatehouse_changes', 'user:*')`);
    const began = performance.now();
    let ended = began;
    // To the last answer: the client itself ends with a whole second.
    const onResponse = () => void (ended = performance.now());
    await load({ ...guarded(url, sessions, onResponse), amount: GUARDED });
    return (ended - began) / GUARDED;
  },
  'search for an address': async ({ url, boss, people }) =>
    time(list(url, boss, () => `search=${people.take().email}`)),
  'search for a common host': async ({ url, boss }) =>
    time(list(url, boss, () => 'search=example.org')),
  'search for nobody': async ({ url, boss }) =>
    time(list(url, boss, () => 'search=nobody-has-this')),
  'list of users': async ({ url, boss }) => time(list(url, boss, () => 'limit=50')),
};

function guarded(url: string, sessions: Place['sessions'], onResponse = () => {}) {
  return {
    url: `${url}/api/auth/session`,
    requests: [
      {
        setupRequest: (request: object) => ({ ...request, headers: sessions.take() }),
        onResponse,
      },
    ],
  };
}

function list(url: string, headers: Record<string, string>, query: () => string) {
  return {
    url: `${url}/api/users`,
    connections: 4,
    headers,
    requests: [
      { setupRequest: (request: object) => ({ ...request, path: `/api/users?${query()}` }) },
    ],
  };
}

async function time(options: Parameters<typeof load>[0]): Promise<number> {
  return 1_000 / (await load({ duration: SECONDS, ...options })).requestsPerSecond;
}

/** Of the tables that grow with the number of users. The few rows of the others are read whole, which is right. */
async function rowsScanned({ database }: Place): Promise<number> {
  const { rows } = await sql<{ count: string }>(
    database,
    `SELECT sum(seq_tup_read) AS count FROM pg_stat_user_tables
     WHERE relname IN ('users', 'sessions', 'audit_events', 'audit_seals', 'known_networks')`,
  );
  return Number(rows[0]!.count);
}
