import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { jobsSchemaBeside, USUAL_SCHEMA } from '../platform/database/installation.js';
import { withSchema } from '../platform/database/url-settings.js';

/** Before the time at which a database was made, in its name. */
const PREFIX = 'gatehouse_test_';
/** How old the database of a process that was killed has to be, in milliseconds. */
const LEFT_AFTER = 24 * 60 * 60 * 1_000;

/** Tables that change although nothing was done: they count what was tried, and are sealed by the clock. */
const COUNTERS = ['audit_seals', 'audit_chain', 'limit_counters', 'password_failures'];

/** The database of one test file, seen past the application. */
export interface TestDatabase {
  url: string;
  /** Runs a statement and returns its rows: `sql('SELECT title FROM articles WHERE id = $1', [id])`. */
  sql: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ) => Promise<Row[]>;
  /** Runs a statement about this database from outside of it. */
  admin: (statement: (name: string) => string) => Promise<void>;
  /** Waits until every job that is due is done. Throws after five seconds. */
  settled: () => Promise<void>;
  /**
   * Waits for the jobs, and returns a fingerprint of every row of every table. Equal fingerprints mean that nothing
   * changed. Counters of attempts are left out.
   * @param except names of tables that are left out as well
   */
  fingerprint: (...except: string[]) => Promise<string>;
  /** Drops the database. */
  close: () => Promise<void>;
}

/**
 * Copies a database.
 * @param server the address of a database of the server, for a role that may create databases
 * @param template the name of the database that is copied, with options of CREATE DATABASE
 * @param schema what holds the tables of Gatehouse there
 */
export async function copyDatabase(
  server: URL,
  template: string,
  schema = USUAL_SCHEMA,
): Promise<TestDatabase> {
  const jobsIn = `"${jobsSchemaBeside(schema)}".jobs`;
  const name = `${PREFIX}${Date.now()}_${randomBytes(4).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: withSchema(url.href, schema), max: 3 });
  // Closing drops the database under connections that some test may have forgotten.
  pool.on('error', () => undefined);

  const sql = async <Row extends object>(text: string, values?: unknown[]) =>
    (await pool.query<Row>(text, values)).rows;
  const settled = async () => {
    for (let i = 0; i < 500; i++) {
      const jobs = await sql(`SELECT id FROM ${jobsIn} WHERE attempts > 0 OR run_at <= now()`);
      if (jobs.length === 0) return;
      await sleep(10);
    }
    const left = await sql(`SELECT task_identifier, attempts, last_error FROM ${jobsIn}`);
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
         WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind = 'r' AND relname <> ALL($1)
           AND attnum > 0 AND NOT attisdropped
         GROUP BY relname ORDER BY relname`,
        [[...COUNTERS, ...except]],
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

/** Drops the databases that killed processes have left on a server. */
export async function dropLeftDatabases(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database AS d
     WHERE datname ~ '^${PREFIX}[0-9]+_' AND split_part(datname, '_', 3)::bigint < $1
       AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datname = d.datname)`,
    [Date.now() - LEFT_AFTER],
  );
  for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${name}`);
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
