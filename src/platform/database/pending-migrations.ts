import { CLI } from '../../common/cli-name.js';
import { OperatorError } from '../../common/operator-error.js';
import type { GatehouseDataSource } from './data-source.js';
import { readMigrationState } from './migration-state.js';

/** The schema is older than the code; the message says how to bring it up to date. */
export class PendingMigrationsError extends OperatorError {}

/** Throws `PendingMigrationsError` when the database lacks migrations of the code. Reads only. */
export async function assertMigrated(dataSource: GatehouseDataSource): Promise<void> {
  const read = dataSource.query.bind(dataSource);
  const { pending } = await readMigrationState(dataSource.migrationSets, read);
  if (pending.length === 0) return;
  const listed = pending.slice(0, 3).map(({ name }) => name);
  const names = listed.join(', ') + (pending.length > listed.length ? ' …' : '');
  throw new PendingMigrationsError(
    `${pending.length === 1 ? 'A migration is' : `${pending.length} migrations are`} pending (${names}). Apply them first: ${CLI} migrate`,
  );
}
