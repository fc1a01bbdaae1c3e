import type { DataSource } from 'typeorm';
import { OperatorError } from '../../common/operator-error.js';

/** The schema is older than the code; the message says how to bring it up to date. */
export class PendingMigrationsError extends OperatorError {}

/** Throws `PendingMigrationsError` when the database lacks migrations of the code. Reads only. */
export async function assertMigrated(dataSource: DataSource): Promise<void> {
  const pending = await pendingMigrations(dataSource);
  if (pending.length === 0) return;
  const names = pending.length > 3 ? `${pending.slice(0, 3).join(', ')} …` : pending.join(', ');
  throw new PendingMigrationsError(
    `${pending.length === 1 ? 'A migration is' : `${pending.length} migrations are`} pending (${names}). Apply them first: npm run cli -- migrate`,
  );
}

/** The names of migrations of the code that the database lacks. Reads only. */
export async function pendingMigrations(dataSource: DataSource): Promise<string[]> {
  // Another schema on the search path may hold the `migrations` of a host.
  const [table] = await dataSource.query<{ exists: boolean }[]>(
    `SELECT to_regclass(quote_ident(current_schema()) || '.migrations') IS NOT NULL AS exists`,
  );
  const rows = table!.exists
    ? await dataSource.query<{ name: string }[]>('SELECT name FROM migrations')
    : [];
  const applied = new Set(rows.map(({ name }) => name));
  return dataSource.migrations
    .map(({ name, constructor }) => name ?? constructor.name)
    .filter((name) => !applied.has(name));
}
