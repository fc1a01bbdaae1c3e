import { type AppSecrets, SealingKeys, UnknownSecret } from '../common/secret-keys.js';
import type { SealedColumn } from '../common/sealed-column.js';
import { SEALED_ATTEMPTS } from '../federation/federation-attempts.service.js';
import { SEALED_PROVIDER_SECRETS } from '../federation/provider-secrets.js';
import { SEALED_EMAILS } from '../platform/email/email-contents.js';
import { SEALED_PRIVATE_KEYS } from '../signing-keys/key-pair.js';

/** Every column whose values are sealed under `APP_SECRET`. A new one is added here. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  SEALED_PRIVATE_KEYS,
  SEALED_PROVIDER_SECRETS,
  SEALED_EMAILS,
  SEALED_ATTEMPTS,
];

const BATCH = 200;

type Read = (text: string, values: unknown[]) => Promise<Record<string, string | null>[]>;

/** A sealed value in its row. */
export interface SealedValue {
  id: string;
  sealed: string;
  /** Which secret sealed it. */
  under: 'current' | 'previous' | 'unknown';
  /** The value sealed under the current secret; undefined unless a previous one sealed it. */
  anew: string | undefined;
}

/** Reads all values of a column, in batches. */
export async function* sealedValuesOf(
  column: SealedColumn,
  secrets: AppSecrets,
  read: Read,
): AsyncGenerator<SealedValue[]> {
  const keys = new SealingKeys(secrets, column.purpose);
  const { table, id } = column;
  const names = [id, column.column, ...column.boundTo].join(', ');
  let last: string | null = null;
  for (;;) {
    const rows = await read(
      `SELECT ${names} FROM ${table} ${last === null ? '' : `WHERE ${id} > $1`}
       ORDER BY ${id} LIMIT ${BATCH}`,
      last === null ? [] : [last],
    );
    yield rows.map((row) => judge(keys, column, row));
    if (rows.length < BATCH) return;
    last = rows.at(-1)![id]!;
  }
}

function judge(
  keys: SealingKeys,
  { id, column, partsOf }: SealedColumn,
  row: Record<string, string | null>,
): SealedValue {
  const value = { id: row[id]!, sealed: row[column]!, anew: undefined };
  const { prefix, sealed, context } = partsOf(row);
  try {
    const { text, isCurrent } = keys.openWithAge(sealed, context, 'It');
    if (isCurrent) return { ...value, under: 'current' };
    return { ...value, under: 'previous', anew: prefix + keys.seal(text, context) };
  } catch (error) {
    if (!(error instanceof UnknownSecret)) throw error;
    return { ...value, under: 'unknown' };
  }
}

/** How many values of a column each kind of secret has sealed. */
export type SealedCounts = Record<SealedValue['under'], number>;

/** Counts the values of every column. Columns without values are returned with zeros. */
export async function countSealedValues(
  secrets: AppSecrets,
  read: Read,
): Promise<{ what: string; counts: SealedCounts }[]> {
  const result: { what: string; counts: SealedCounts }[] = [];
  for (const column of SEALED_COLUMNS) {
    const counts: SealedCounts = { current: 0, previous: 0, unknown: 0 };
    for await (const values of sealedValuesOf(column, secrets, read)) {
      for (const { under } of values) counts[under]++;
    }
    result.push({ what: column.what, counts });
  }
  return result;
}
