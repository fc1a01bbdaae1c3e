import type { KeyPurpose } from './secret-keys.js';

type Row = Record<string, string | null>;

/** A column whose values are sealed under `APP_SECRET`: what a change of that secret has to reach. */
export interface SealedColumn {
  purpose: KeyPurpose;
  /** The kind of values, in the plural. */
  what: string;
  table: string;
  /** The name of the column that tells the rows apart. */
  id: string;
  column: string;
  /** Further columns that a value is bound to. */
  boundTo: readonly string[];
  /** Returns what is sealed in a row, what stands before it, and what it is bound to. */
  partsOf: (row: Row) => { prefix: string; sealed: string; context: string };
}

/** Returns the parts of a column whose values are bound to the id of their row alone. */
export function boundToId(id: string, column: string): SealedColumn['partsOf'] {
  return (row) => ({ prefix: '', sealed: row[column]!, context: row[id]! });
}
