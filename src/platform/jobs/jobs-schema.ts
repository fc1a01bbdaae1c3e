import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import type { GatehouseDataSource } from '../database/data-source.js';
import { exclusively } from '../database/exclusively.js';
import { jobsSchemaOf } from '../database/installation.js';
import { startNumbersAbove } from './adopt-jobs.js';

/** Creates or updates the schema of the jobs, which belongs to the library. One process at a time. */
export async function migrateJobs(dataSource: GatehouseDataSource): Promise<void> {
  const { directAddress } = dataSource;
  const schema = jobsSchemaOf(dataSource);
  await exclusively(directAddress, 'jobsSchema', async () => {
    const pgPool = new pg.Pool({ ...directAddress.poolOptions('gatehouse jobs'), max: 2 });
    pgPool.on('error', () => undefined);
    try {
      await adoptEmptySchema(pgPool, schema);
      await runMigrations({ pgPool, schema });
      await pgPool.query(startNumbersAbove(pg.escapeIdentifier(schema), 'finished_jobs'));
    } finally {
      await pgPool.end();
    }
  });
}

/**
 * Lets the library use an empty schema that an administrator made. Without its first table it asks for a schema with
 * IF NOT EXISTS, which PostgreSQL refuses to a role without CREATE on the database, even where the schema exists.
 */
async function adoptEmptySchema(pgPool: pg.Pool, schema: string): Promise<void> {
  const { rowCount } = await pgPool.query(
    `SELECT FROM pg_namespace AS n WHERE nspname = $1
     AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'migrations')`,
    [schema],
  );
  if (rowCount === 0) return;
  await pgPool.query(
    `CREATE TABLE ${pg.escapeIdentifier(schema)}.migrations (
       id int PRIMARY KEY, ts timestamptz NOT NULL DEFAULT now(), breaking boolean NOT NULL DEFAULT false)`,
  );
}
