import { Logger } from '@nestjs/common';
import { type DataSource, MigrationExecutor } from 'typeorm';

/** "gatehouse migrations" as the key of an advisory lock, the same for every instance. */
const MIGRATION_LOCK = 0x6a7e_0003;

/**
 * Applies pending migrations. Instances that start together wait for one another: the first to get
 * the lock migrates, the others find nothing left to do.
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  const lock = dataSource.createQueryRunner();
  await lock.connect();
  try {
    // The pool's statement timeout must not end a long wait for another instance.
    await lock.query('SET statement_timeout = 0');
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await lock.query('RESET statement_timeout');
    // Not `dataSource.runMigrations()`, which takes a second connection while this one holds the lock.
    const migrations = new MigrationExecutor(dataSource, lock);
    migrations.transaction = dataSource.options.migrationsTransactionMode!;
    const applied = await migrations.executePendingMigrations();
    for (const { name } of applied) new Logger('Migrations').log(`Applied ${name}`);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await lock.release();
  }
}
