import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GatehouseDataSource } from './data-source.js';
import { exclusively } from './exclusively.js';

/** "gatehouse migrations" as the key of an advisory lock, the same for every instance. */
const MIGRATION_LOCK = 0x6a7e_0003;

/**
 * Applies pending migrations, on the direct way to the database. Instances that start together wait for one another:
 * the first to get the lock migrates, the others find nothing left to do.
 */
export async function migrate(dataSource: GatehouseDataSource): Promise<void> {
  const { address, directAddress } = dataSource;
  await exclusively(directAddress, MIGRATION_LOCK, async () => {
    if (directAddress === address) return runMigrations(dataSource);
    const extra = directAddress.poolOptions('gatehouse migrations');
    const direct = new DataSource({ ...dataSource.options, poolSize: 1, extra } as never);
    await direct.initialize();
    try {
      await runMigrations(direct);
    } finally {
      await direct.destroy();
    }
  });
}

async function runMigrations(dataSource: DataSource): Promise<void> {
  const applied = await dataSource.runMigrations();
  for (const { name } of applied) new Logger('Migrations').log(`Applied ${name}`);
}
