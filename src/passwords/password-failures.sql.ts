import sql, { type Sql } from 'sql-template-tag';
import { MAX_CONSECUTIVE_FAILURES } from '../platform/throttling/limits.js';

/** The row of all devices that an account is not known on. */
export const STRANGERS = 'strangers';

/**
 * SQL: the failures of an account by device, as JSON, for some devices.
 * @param userId never null: a lookup for no account takes as long as one for an account
 */
export function failuresByDevice(userId: Sql, devices: string[]): Sql {
  return sql`(SELECT coalesce(jsonb_object_agg(device, failures), '{}') FROM password_failures
           WHERE user_id = ${userId} AND device = ANY(${devices}::text[]))`;
}

/**
 * SQL: parts of a `WITH` that end a device's row of wrong passwords with a right one. The last, `failures`,
 * has one row: `are_ended` is false when there have been too many, also of guesses that came at the same time.
 * An account without failures is not written to, so a normal sign-in costs no disk flush.
 */
export function endFailures(userId: string, device: string): Sql {
  return sql`
    failing AS (SELECT FROM password_failures WHERE user_id = ${userId} AND device = ${device}),
    ended AS (
      DELETE FROM password_failures
      WHERE user_id = ${userId} AND device = ${device} AND failures < ${MAX_CONSECUTIVE_FAILURES}
      RETURNING user_id),
    failures AS (
      SELECT NOT EXISTS (SELECT FROM failing) OR EXISTS (SELECT FROM ended) AS are_ended)`;
}
