import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer, load } from '../support/load.js';
import { type Postgres, sql } from '../support/postgres.js';
import type { ServerProcess } from '../support/process.js';
import { against, alone, type Result, row } from '../support/report.js';
import { requests } from '../support/requests.js';
import { interleave } from '../support/rounds.js';
import { backgroundOf, transactionsOf } from '../support/transactions.js';

const INSTANCES = [1, 2, 4] as const;
const METRICS_TOKEN = 'the-token-of-the-bench-for-reading-metrics';
/** For each instance so few a second that nobody waits, whose waiting requests would be answered together. */
const UNHURRIED = { connections: 8, overallRate: 400 };
const GUARDED = '/api/auth/session';
/** It reads the account: there is something to count. */
const READING = '/api/users/me';

/** Guarded requests over one, two and four instances on one PostgreSQL, and what they ask of it. */
export async function growth(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('growth');
  const instances: ServerProcess[] = [];
  while (instances.length < Math.max(...INSTANCES)) {
    instances.push(await startGatehouse(database, { METRICS_TOKEN }));
  }
  await addUsers(database, 1);
  const headers = bearer((await signIn(instances[0]!.url, 'user1')).accessToken);
  const send = async (count: number, path = GUARDED, options = {}) =>
    requests(instances.slice(0, count), path, { headers, ...options });
  // One reads the session, and from then on all of that instance have it from memory; then one instance
  // after the other gets warm, as four cold ones starve on two cores.
  for (const { url } of instances) await fetch(url + GUARDED, { headers });
  for (const { url } of instances) await load({ url: url + GUARDED, headers });

  const background = await backgroundOf(database);
  const lookupsBefore = await lookups(instances);
  let sent = 0;
  const measured = async (figure: 'perSecond' | 'effort', options?: object) =>
    interleave(
      Object.fromEntries(
        INSTANCES.map((count) => [
          count,
          async () => {
            const result = await send(count, GUARDED, options);
            sent += result.count;
            return result[figure];
          },
        ]),
      ) as Record<(typeof INSTANCES)[number], () => Promise<number>>,
    );
  let speeds!: Awaited<ReturnType<typeof measured>>;
  let efforts!: typeof speeds;
  const transactions = await transactionsOf(database, background, async () => {
    speeds = await measured('perSecond');
    efforts = await measured('effort', UNHURRIED);
  });
  const lookupsAfter = await lookups(instances);
  let read = 0;
  const readings = await transactionsOf(database, background, async () => {
    read = (await send(1, READING)).count;
  });
  const connections = await connectionsOf(database);
  await Promise.all(instances.map(async (instance) => instance.stop()));

  const speedRows = INSTANCES.map((count) => row(nameOf(count), 'requests/s', speeds[count]!));
  const [one, ...more] = INSTANCES.map((count) =>
    row(`processor time for a request, ${nameOf(count)}`, 'µs', efforts[count]!),
  );
  return {
    name: 'growth',
    rows: [
      ...speedRows,
      one!,
      ...more.map((effort) => against(effort, one!, { atMost: 1.2 })),
      alone(
        {
          what: 'sessions looked up in the database, as the instances count',
          unit: 'lookups',
          value: lookupsAfter - lookupsBefore,
        },
        { atMost: 0 },
      ),
      alone(
        {
          what: 'transactions for a thousand requests, as PostgreSQL counts',
          unit: 'transactions',
          value: (1_000 * transactions) / sent,
        },
        { atMost: 1 },
      ),
      {
        what: `the same of GET ${READING}, which reads the account`,
        unit: 'transactions',
        value: (1_000 * readings) / read,
      },
    ],
    notes: [
      'The client and all instances share the cores of one machine: how many requests a second two or four instances answer is bounded by the cores, and says nothing of machines of their own. What a request costs an instance, at 400 a second for each, does not depend on that: while it stays the same and nothing is asked of PostgreSQL, instances on machines of their own do not slow one another.',
      `${sent.toLocaleString('en')} requests. From the transactions were taken those of doing nothing, ${background.toFixed(1)} a second. Connections to PostgreSQL by four instances: ${connections}.`,
    ],
  };
}

/** In words, by what they are for. */
async function connectionsOf(database: string): Promise<string> {
  const { rows } = await sql<{ name: string; count: string }>(
    database,
    `SELECT application_name AS name, count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1 ORDER BY 1`,
  );
  return rows.map(({ name, count }) => `${count} of "${name}"`).join(', ');
}

/** How often a guard had to ask the database. */
async function lookups(instances: { url: string }[]): Promise<number> {
  const counts = instances.map(async ({ url }) => {
    const text = await (await fetch(`${url}/metrics`, { headers: bearer(METRICS_TOKEN) })).text();
    const line = /^gatehouse_principal_lookups_total\{[^}]*"database"[^}]*\} (\d+)/m.exec(text);
    if (!line) throw new Error('the instance does not count its lookups');
    return Number(line[1]);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

function nameOf(count: number): string {
  return `${count} instance${count === 1 ? '' : 's'}`;
}
