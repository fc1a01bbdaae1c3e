import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import type { GatehouseDataSource } from '../database/data-source.js';
import { exclusively } from '../database/exclusively.js';

/** Only one process creates the schema at a time. */
const SCHEMA_LOCK = 0x6a7e_0007;

/** Creates or updates the schema `graphile_worker`, which belongs to the library. */
export async function migrateJobs({ directAddress }: GatehouseDataSource): Promise<void> {
  await exclusively(directAddress, SCHEMA_LOCK, async () => {
    const pgPool = new pg.Pool({ ...directAddress.poolOptions('gatehouse jobs'), max: 2 });
    pgPool.on('error', () => undefined);
    try {
      await runMigrations({ pgPool });
    } finally {
      await pgPool.end();
    }
  });
}
