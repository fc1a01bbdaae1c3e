import {
  type DeclaredMigration,
  type MigrationSet,
  OUR_TABLE,
  PRODUCT_TABLE,
} from './migration-sets.js';

/** Reads rows of the database. */
export type Read = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/** The migrations of the code compared with those that the database records. */
export interface MigrationState {
  /** What the database lacks, in the order in which it is applied. */
  pending: DeclaredMigration[];
  /** Names that the database records and the code does not have. */
  unknown: string[];
  /** Names of ours that are still recorded where version 0.1 did, in the table of a product. */
  leftBehind: string[];
  hasOurTable: boolean;
}

/** Another schema on the search path may hold the `migrations` of another application; other tools have other columns. */
const TABLES = `
  SELECT relname AS name FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = relnamespace
    JOIN pg_attribute AS a ON attrelid = c.oid AND attname IN ('timestamp', 'name') AND NOT attisdropped
  WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND relname IN ('${OUR_TABLE}', '${PRODUCT_TABLE}')
  GROUP BY relname HAVING count(*) = 2`;

/** Compares the migrations of the code with the database. Reads only. */
export async function readMigrationState(
  [ours, ofProduct]: MigrationSet[],
  read: Read,
): Promise<MigrationState> {
  const tables = new Set((await read<{ name: string }>(TABLES)).map(({ name }) => name));
  const recordedIn = async (table: string) =>
    tables.has(table)
      ? (await read<{ name: string }>(`SELECT name FROM ${table} ORDER BY timestamp`)).map(
          ({ name }) => name,
        )
      : [];
  const own = new Set(ours!.migrations.map(({ name }) => name));
  const inOurTable = await recordedIn(OUR_TABLE);
  const inProductTable = await recordedIn(PRODUCT_TABLE);
  const applied = new Set([...inOurTable, ...inProductTable]);
  const all = [...ours!.migrations, ...ofProduct!.migrations];
  const known = new Set(all.map(({ name }) => name));
  // Without migrations of a product, the table belongs to another application.
  const looked = ofProduct!.migrations.length > 0 ? [...inOurTable, ...inProductTable] : inOurTable;
  return {
    pending: all.filter(({ name }) => !applied.has(name)),
    unknown: looked.filter((name) => !known.has(name)),
    leftBehind: inProductTable.filter((name) => own.has(name)),
    hasOurTable: tables.has(OUR_TABLE),
  };
}
