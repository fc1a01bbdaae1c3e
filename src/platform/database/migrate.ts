import { Logger } from '@nestjs/common';
import { DataSource, MigrationExecutor } from 'typeorm';
import { OperatorError } from '../../common/operator-error.js';
import type { GatehouseDataSource } from './data-source.js';
import { exclusively } from './exclusively.js';
import { DeadlineClient } from './deadline-client.js';
import { assertMayMigrate } from './migration-rights.js';
import { pendingMigrations } from './pending-migrations.js';

/** A migration failed, and was rolled back. */
export class MigrationError extends OperatorError {}

/**
 * Applies pending migrations, on the direct way to the database. Instances that start together wait for one another:
 * the first to get the lock migrates, the others find nothing left to do. Throws `MigrationError`, or
 * `OperatorError` when the role lacks a right that is known beforehand.
 * @param explain says what a failure means to an operator
 */
export async function migrate(
  dataSource: GatehouseDataSource,
  explain: (error: unknown) => string | undefined,
): Promise<void> {
  const { address, directAddress } = dataSource;
  await exclusively(directAddress, 'migrations', async () => {
    if (directAddress === address) return runMigrations(dataSource, explain);
    const extra = directAddress.poolOptions('gatehouse migrations');
    const direct = new DataSource({ ...dataSource.options, poolSize: 1, extra } as never);
    await direct.initialize();
    try {
      await runMigrations(direct, explain);
    } finally {
      await direct.destroy();
    }
  });
}

async function runMigrations(
  dataSource: DataSource,
  explain: (error: unknown) => string | undefined,
): Promise<void> {
  // Before TypeORM creates its table.
  await assertMayMigrate(dataSource, (await pendingMigrations(dataSource)).length > 0);
  // Before it fails, so that what cannot be read at all is no failure of a migration.
  const pending = async () => new MigrationExecutor(dataSource).getPendingMigrations();
  const before = await pending();
  // A migration takes as long as it takes, and nothing else uses the pool yet.
  DeadlineClient.isSuspended = true;
  try {
    const applied = await dataSource.runMigrations();
    for (const { name } of applied) new Logger('Migrations').log(`Applied ${name}`);
  } catch (cause) {
    // Each was committed by itself: the first that is still pending has failed.
    const [failed] = await pending().catch(() => before);
    const reason = explain(cause) ?? `${cause instanceof Error ? cause.message : String(cause)}.`;
    throw new MigrationError(
      `The migration ${failed?.name} failed, and nothing of it was kept. ${reason}`,
      { cause },
    );
  } finally {
    DeadlineClient.isSuspended = false;
  }
}
