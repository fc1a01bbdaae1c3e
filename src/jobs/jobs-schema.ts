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
      await runMigrations({ pgPool, schema });
      await pgPool.query(startNumbersAbove(pg.escapeIdentifier(schema), 'finished_jobs'));
    } finally {
      await pgPool.end();
    }
  });
}
