import type pg from 'pg';

/**
 * What stands between this process and PostgreSQL, by how long a client keeps the connection of the server that it
 * was given. After each transaction, a transaction pooler gives it to somebody else.
 */
export type Pooling = 'none' | 'session' | 'transaction';

/** The number is missing in the types. */
type Client = pg.Client & { processID?: number };

/** Behind a pooler that others use as well, two connections may miss each other by chance. */
const ROUNDS = 5;

/** Finds out what stands where `connect` leads. Throws what the driver throws when nothing answers there. */
export async function poolingOf(connect: () => Promise<Client>): Promise<Pooling> {
  const first = await connect();
  try {
    // PostgreSQL names its process when a connection begins. A pooler has none to name, and makes a number up.
    if ((await backendOf(first)) === first.processID) return 'none';
    const second = await connect();
    try {
      for (let round = 0; round < ROUNDS; round++) {
        if (await haveMet(first, second)) return 'transaction';
      }
      return 'session';
    } finally {
      await second.end().catch(() => undefined);
    }
  } finally {
    await first.end().catch(() => undefined);
  }
}

/** Whether a connection changed its backend, or has that of the other one. */
async function haveMet(first: pg.Client, second: pg.Client): Promise<boolean> {
  const before = await backendOf(first);
  if ((await backendOf(first)) !== before) return true;
  await second.query('BEGIN');
  try {
    // What the second one holds, the first one cannot be given again.
    return (await backendOf(second)) === before || (await backendOf(first)) !== before;
  } finally {
    await second.query('ROLLBACK');
  }
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}
