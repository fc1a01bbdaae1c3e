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

/** Whether a table is there. Another schema on the search path may have its own, and other tools other columns. */
const HAS_TABLE = `
  SELECT count(*) = 2 AS exists FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = relnamespace
    JOIN pg_attribute AS a ON attrelid = c.oid AND attname IN ('timestamp', 'name') AND NOT attisdropped
  WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND relname = $1`;

/** Compares the migrations of the code with the database. Reads only. */
export async function readMigrationState(
  [ours, ofProduct]: MigrationSet[],
  read: Read,
): Promise<MigrationState> {
  // In this order: another process that moves our names meanwhile hides none of them.
  const recordedInProductTable = await readNames(PRODUCT_TABLE, read);
  const recordedInOurTable = await readNames(OUR_TABLE, read);
  const inProductTable = recordedInProductTable ?? [];
  const inOurTable = recordedInOurTable ?? [];
  const own = new Set(ours!.migrations.map(({ name }) => name));
  const applied = new Set([...inOurTable, ...inProductTable]);
  const all = [...ours!.migrations, ...ofProduct!.migrations];
  const known = new Set(all.map(({ name }) => name));
  // Without migrations of a product, the table belongs to another application.
  const looked = ofProduct!.migrations.length > 0 ? [...inOurTable, ...inProductTable] : inOurTable;
  return {
    pending: all.filter(({ name }) => !applied.has(name)),
    unknown: looked.filter((name) => !known.has(name)),
    leftBehind: inProductTable.filter((name) => own.has(name)),
    hasOurTable: recordedInOurTable !== undefined,
  };
}

/** The names that a table records; undefined without the table. */
async function readNames(table: string, read: Read): Promise<string[] | undefined> {
  const [found] = await read<{ exists: boolean }>(HAS_TABLE, [table]);
  if (!found!.exists) return undefined;
  const rows = await read<{ name: string }>(`SELECT name FROM ${table} ORDER BY timestamp`);
  return rows.map(({ name }) => name);
}
