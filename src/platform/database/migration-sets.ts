import { type DataSource, MigrationExecutor, type MigrationInterface } from 'typeorm';
import type { Declaration } from '../../common/declarations.js';
import { OperatorError } from '../../common/operator-error.js';

/** Migrations of one owner, and the table that records which of them were applied. */
export interface MigrationSet {
  table: string;
  /** False for the migrations of Gatehouse. */
  isOfProduct: boolean;
  /** In the order in which they are applied. */
  migrations: DeclaredMigration[];
}

/** A migration, and the file that declares it. */
export interface DeclaredMigration {
  name: string;
  file: string;
  instance: MigrationInterface;
}

/** The table of our migrations. */
export const OUR_TABLE = 'gatehouse_migrations';
/** The table of a product's migrations. Version 0.1 kept ours there, too. */
export const PRODUCT_TABLE = 'migrations';

/** TypeORM orders migrations by the time at the end of their names, in milliseconds since 1970. */
const TIME = /\d{13}$/;

/**
 * The migrations of the code, ours first, then those of the product: whatever their times, a product's migration finds
 * our tables as this version makes them. Throws `OperatorError` for a name that TypeORM cannot order, or that two have.
 */
export function migrationSetsOf(declared: Declaration[]): MigrationSet[] {
  const all = declared.flatMap(({ value, file, isOfProduct }) =>
    isMigration(value) ? [{ ...migrationOf(value, file), isOfProduct }] : [],
  );
  for (const [i, { name, file }] of all.entries()) {
    if (!TIME.test(name)) {
      throw new OperatorError(
        `${file}: the class ${name} must end with its time in milliseconds, as in AddArticles1795200000000.`,
      );
    }
    const other = all.slice(0, i).find((one) => one.name === name);
    if (!other) continue;
    throw new OperatorError(
      other.isOfProduct
        ? `${file}: ${other.file} has a migration ${name} as well.`
        : `${file}: the migration ${name} belongs to Gatehouse, which applies it by itself. Delete the file.`,
    );
  }
  const setOf = (table: string, isOfProduct: boolean): MigrationSet => ({
    table,
    isOfProduct,
    migrations: all
      .filter((one) => one.isOfProduct === isOfProduct)
      .toSorted((a, b) => timeOf(a) - timeOf(b)),
  });
  return [setOf(OUR_TABLE, false), setOf(PRODUCT_TABLE, true)];
}

/** TypeORM's executor for one set: each migration in a transaction of its own. */
export function executorOf(
  dataSource: DataSource,
  { table, migrations }: MigrationSet,
): MigrationExecutor {
  const view = Object.create(dataSource, {
    options: { value: { ...dataSource.options, migrationsTableName: table } },
    migrations: { value: migrations.map(({ instance }) => instance) },
  }) as DataSource;
  const executor = new MigrationExecutor(view);
  executor.transaction = 'each';
  return executor;
}

function isMigration(value: unknown): value is new () => MigrationInterface {
  if (typeof value !== 'function') return false;
  return typeof (value.prototype as Partial<MigrationInterface> | undefined)?.up === 'function';
}

function migrationOf(type: new () => MigrationInterface, file: string): DeclaredMigration {
  const instance = new type();
  return { name: instance.name ?? type.name, file, instance };
}

function timeOf({ name }: DeclaredMigration): number {
  return Number(TIME.exec(name)![0]);
}
