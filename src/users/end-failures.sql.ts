import { MAX_CONSECUTIVE_FAILURES } from '../throttling/limits.js';

/**
 * SQL: parts of a `WITH` that end an account's row of wrong passwords with a right one. The last, `failures`,
 * has one row: `are_ended` is false when there have been too many, also of guesses that came at the same time.
 * Of whom has none nothing is written, and nobody waits for the disk.
 * @param id SQL: the account
 */
export function endFailuresInStatement(id: string): string {
  return `
    clean AS (SELECT id FROM users WHERE id = ${id} AND consecutive_failures = 0),
    ended AS (
      UPDATE users SET consecutive_failures = 0
      WHERE id = ${id} AND consecutive_failures < ${MAX_CONSECUTIVE_FAILURES}
        AND NOT EXISTS (SELECT FROM clean)
      RETURNING id),
    failures AS (SELECT EXISTS (SELECT FROM clean) OR EXISTS (SELECT FROM ended) AS are_ended)`;
}
