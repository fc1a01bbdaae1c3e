import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';

/** Rows of one statement: none takes long, however much there is to delete. */
const BATCH_ROWS = 5_000;
/** Rows of one table that a run deletes. The next run deletes the others. */
export const MOST_ROWS = 100_000;

const logger = new Logger('Housekeeping');

/**
 * Deletes rows that are old, at most `MOST_ROWS` of them; returns how many. The condition decides by the clock of the
 * database (`now()`) and takes no time from the caller: an instance whose clock is wrong would delete for all others.
 * @param condition SQL without parameters
 */
export async function deleteOld(
  dataSource: DataSource,
  table: string,
  condition: string,
): Promise<number> {
  let total = 0;
  while (total < MOST_ROWS) {
    const [, count] = await dataSource.query<[unknown, number]>(
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${BATCH_ROWS} FOR UPDATE SKIP LOCKED))`,
    );
    total += count;
    if (count < BATCH_ROWS) return total;
  }
  warnOfBound(table, total);
  return total;
}

/** Reports that a run reached its bound: either there is much to delete, or a clock is wrong. */
export function warnOfBound(table: string, count: number): void {
  logger.warn(
    `Housekeeping deleted ${count} rows of ${table}, the maximum of one run. The next run goes on. ` +
      'If so many cannot be old, check the clock of the database.',
  );
}
