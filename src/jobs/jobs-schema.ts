import { runMigrations } from 'graphile-worker';
import type { DataSource } from 'typeorm';
import type { GatehouseDataSource } from '../database/data-source.js';

/** Only one process creates the schema at a time. */
const SCHEMA_LOCK = 0x6a7e_0007;

/** Creates or updates the schema `graphile_worker`, which belongs to the library. */
export async function migrateJobs(dataSource: DataSource): Promise<void> {
  const { url } = dataSource as GatehouseDataSource;
  const lock = dataSource.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [SCHEMA_LOCK]);
    // On connections of its own: one of the pool is held for the lock.
    await runMigrations({ connectionString: url });
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [SCHEMA_LOCK]);
    await lock.release();
  }
}
