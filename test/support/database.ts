import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const TEMPLATE = 'gatehouse_template';

/** A migrated database of one test file, seen past the application. */
export interface TestDatabase {
  url: string;
  sql: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ) => Promise<Row[]>;
  /** Runs a statement about this database from outside of it. */
  admin: (statement: (name: string) => string) => Promise<void>;
  /** Waits until no job is left to be done. */
  settled: () => Promise<void>;
  /**
   * Once the jobs are done, a fingerprint of every row of every table but these: equal means that nothing
   * changed. That something was tried is counted in any case.
   */
  fingerprint: (...except: string[]) => Promise<string>;
  close: () => Promise<void>;
}

/** Copies the template that the global setup migrated. */
export async function createDatabase(template = TEMPLATE): Promise<TestDatabase> {
  const server = new URL(process.env.TEST_DATABASE_URL!);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 3 });
  // Closing drops the database under connections that some test may have forgotten.
  pool.on('error', () => undefined);

  const sql = async <Row extends object>(text: string, values?: unknown[]) =>
    (await pool.query<Row>(text, values)).rows;
  const settled = async () => {
    for (let i = 0; i < 500; i++) {
      const jobs = await sql('SELECT id FROM gatehouse_jobs.jobs');
      if (jobs.length === 0) return;
      await sleep(10);
    }
    const left = await sql('SELECT task_identifier, attempts, last_error FROM gatehouse_jobs.jobs');
    throw new Error(`the jobs are not being done: ${JSON.stringify(left)}`);
  };
  return {
    url: url.href,
    sql,
    admin: (statement) => asAdmin(server, statement(name)),
    settled,
    async fingerprint(...except) {
      await settled();
      const tables = await sql<{ name: string; columns: string }>(
        `SELECT quote_ident(relname) AS name, string_agg(quote_ident(attname), ',' ORDER BY attnum) AS columns
         FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL($1)
           AND attnum > 0 AND NOT attisdropped
         GROUP BY relname ORDER BY relname`,
        // Events are sealed by the clock.
        [['audit_seals', 'audit_chain', 'limit_counters', 'password_failures', ...except]],
      );
      const sums = tables.map(
        ({ name: table, columns }) =>
          `SELECT concat('${table}=', count(*), ':', sum(hashtextextended(ROW(${columns})::text, 0))) AS sum
           FROM ${table}`,
      );
      const rows = await sql<{ sum: string }>(sums.join(' UNION ALL '));
      return rows
        .map(({ sum }) => sum)
        .toSorted()
        .join('\n');
    },
    async close() {
      await pool.end();
      await asAdmin(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function asAdmin(server: URL, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
