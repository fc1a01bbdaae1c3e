import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { OperatorError } from '../../common/operator-error.js';

/** What has to be true of a database before it can be used. */
export interface DatabaseState {
  /** As PostgreSQL counts: 150004 is 15.4. */
  version: number;
  encoding: string;
  isStandby: boolean;
  isReadOnly: boolean;
  /** Its clock, in milliseconds since 1970. */
  now: number;
}

/**
 * Reads the `DatabaseState`. A session may be read-only for a purpose of its own, so the default of new transactions
 * counts.
 */
export const DATABASE_STATE = `
  SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
         pg_is_in_recovery() AS "isStandby", current_setting('default_transaction_read_only') = 'on' AS "isReadOnly",
         (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;

const OLDEST = 15;
const ENCODING = 'UTF8';
/** Access tokens live for minutes, and the other side may be off as well. */
export const CLOCK_TOLERANCE = 5_000;

/** Why the version cannot be used, as the end of a sentence; undefined if it can. */
export function versionProblem({ version }: DatabaseState): string | undefined {
  const major = Math.floor(version / 10_000);
  if (major >= OLDEST) return undefined;
  return `it is ${major}.${version % 10_000}, and Gatehouse needs ${OLDEST} or newer`;
}

/** The same of the encoding. */
export function encodingProblem({ encoding }: DatabaseState): string | undefined {
  return encoding === ENCODING ? undefined : `it is ${encoding}, and Gatehouse needs ${ENCODING}`;
}

/** Why nothing can be written, as the end of a sentence; undefined if it can. */
export function writingProblem({
  isStandby,
  isReadOnly,
}: Pick<DatabaseState, 'isStandby' | 'isReadOnly'>): string | undefined {
  if (isStandby) return 'it is a standby';
  return isReadOnly ? 'it is read-only (default_transaction_read_only is on)' : undefined;
}

/** How far our clock is off, with its direction; undefined while that is bearable. */
export function clockProblem({ now }: DatabaseState, ours: number): string | undefined {
  const difference = ours - now;
  if (Math.abs(difference) <= CLOCK_TOLERANCE) return undefined;
  const seconds = Math.round(Math.abs(difference) / 1000);
  return `the clock of this machine is ${seconds} s ${difference > 0 ? 'ahead of' : 'behind'} that of the database`;
}

/**
 * Throws `OperatorError` with one sentence for a database that Gatehouse cannot run on.
 * @param isWritten false for what only reads, which a standby can serve
 */
export function assertUsable(state: DatabaseState, isWritten = true): void {
  const version = versionProblem(state);
  if (version !== undefined) {
    throw new OperatorError(`PostgreSQL is too old: ${version}. Upgrade the server.`);
  }
  const encoding = encodingProblem(state);
  if (encoding !== undefined) {
    throw new OperatorError(
      `The encoding of the database is wrong: ${encoding}. Create the database with ENCODING 'UTF8'.`,
    );
  }
  const writing = isWritten ? writingProblem(state) : undefined;
  if (writing !== undefined) {
    throw new OperatorError(
      `The database cannot be written: ${writing}. Name the primary in DATABASE_URL, or make the database writable.`,
    );
  }
}

/** The same of the database of a data source. Warns when the clocks differ. */
export async function assertUsableNow(dataSource: DataSource, isWritten: boolean): Promise<void> {
  const [state] = await dataSource.query<[DatabaseState]>(DATABASE_STATE);
  assertUsable(state, isWritten);
  const clock = clockProblem(state, Date.now());
  if (clock === undefined) return;
  new Logger('Clock').warn(`Synchronise the clocks: ${clock}. Other instances refuse our tokens.`);
}
