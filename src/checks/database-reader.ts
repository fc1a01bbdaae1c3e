import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Declarations } from '../common/declarations.js';
import type { AppConfig } from '../platform/config/app-config.js';
import type { DatabaseAddress } from '../platform/database/database-address.js';
import { createDataSource } from '../platform/database/data-source.js';
import type { MigrationSet } from '../platform/database/migration-sets.js';

const TIMEOUT = 10_000;

/** Reads the database, and cannot do anything else. */
export interface DatabaseReader {
  read: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;
  address: DatabaseAddress;
  directAddress: DatabaseAddress;
  /** The migrations of the code. */
  migrationSets: MigrationSet[];
}

/**
 * Calls `look` with one state of the database, in a transaction that PostgreSQL holds to be read-only.
 * Nothing is migrated. Returns undefined without calling it when there is no embedded database yet.
 * Throws what the driver throws when the database cannot be reached.
 */
export async function readDatabase<T>(
  config: AppConfig,
  declarations: Declarations,
  look: (database: DatabaseReader) => Promise<T>,
): Promise<T | undefined> {
  if (!config.databaseUrl && !existsSync(join(config.dataDir, 'postgres'))) return undefined;
  const source = await createDataSource(config, declarations, false);
  const client = await source.address.connect('gatehouse check', {
    connectionTimeoutMillis: TIMEOUT,
    query_timeout: TIMEOUT,
  });
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await look({
      read: async <Row extends object>(text: string, values?: unknown[]) =>
        (await client.query<Row>(text, values)).rows,
      address: source.address,
      directAddress: source.directAddress,
      migrationSets: source.migrationSets,
    });
  } finally {
    await client.end().catch(() => undefined);
    await source.destroy();
  }
}
