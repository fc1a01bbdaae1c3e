import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer, load } from '../support/load.js';
import { type Postgres, sql } from '../support/postgres.js';
import type { ServerProcess } from '../support/process.js';
import { alone, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

const INSTANCES = [1, 2, 4] as const;
const METRICS_TOKEN = 'the-token-of-the-bench-for-reading-metrics';

/** Guarded requests over one, two and four instances on one PostgreSQL, and what they ask of it. */
export async function growth(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('growth');
  const instances: ServerProcess[] = [];
  while (instances.length < Math.max(...INSTANCES)) {
    instances.push(await startGatehouse(database, { METRICS_TOKEN }));
  }
  await addUsers(database, 1);
  const headers = bearer((await signIn(instances[0]!.url, 'user1')).accessToken);
  const speed = async (count: number) => {
    const loads = instances
      .slice(0, count)
      .map(async ({ url }) => load({ url: `${url}/api/auth/session`, headers }));
    return (await Promise.all(loads)).reduce((sum, one) => sum + one.requestsPerSecond, 0);
  };
  await speed(INSTANCES.length);
  const before = await lookups(instances);
  const measured = await interleave(
    Object.fromEntries(INSTANCES.map((count) => [count, async () => speed(count)])),
  );
  const after = await lookups(instances);
  const connections = await sql<{ count: string }>(
    database,
    `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()`,
  );
  await Promise.all(instances.map(async (instance) => instance.stop()));
  const queries = {
    what: 'queries in all these requests',
    unit: 'queries',
    value: after - before,
  };
  return {
    name: 'growth',
    rows: [
      ...INSTANCES.map((count) => row(`${count} instances`, 'requests/s', measured[count]!)),
      alone(queries, { atMost: 0 }),
    ],
    notes: [
      `The client and all instances share the cores of one machine. ${connections.rows[0]!.count} connections to PostgreSQL by four instances.`,
    ],
  };
}

/** How often a guard had to ask the database. */
async function lookups(instances: { url: string }[]): Promise<number> {
  const counts = instances.map(async ({ url }) => {
    const text = await (await fetch(`${url}/metrics`, { headers: bearer(METRICS_TOKEN) })).text();
    const line = /^gatehouse_principal_lookups_total\{[^}]*"database"[^}]*\} (\d+)/m.exec(text);
    return Number(line?.[1] ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
