import { Statement } from '../database/statement.js';
import type { Taken } from './counter.js';
import { TOLERANCE } from './window-counter.js';

/**
 * Takes counts back, in one statement. A pause that one of them began ends; one that others began goes on.
 * The rows are locked in the order in which they were counted: of two statements each waits for the other
 * only if they go different ways.
 */
export const GIVE_BACK = new Statement<object>(
  'limits_give_back',
  `WITH given AS (
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::float8[])
       WITH ORDINALITY AS g (key, "end", paused_until, pauses_after, position)),
   locked AS (
     SELECT g.* FROM given g JOIN limit_counters c ON c.key = g.key
     ORDER BY g.position FOR UPDATE OF c)
   UPDATE limit_counters AS c
   SET points = c.points - 1,
       paused_until = CASE WHEN c.points <= l.pauses_after OR c.paused_until = l.paused_until
                           THEN 0 ELSE c.paused_until END
   FROM locked l
   WHERE c.key = l.key AND c.points > 0
     AND (l.pauses_after IS NOT NULL OR c.expire BETWEEN l."end" - ${TOLERANCE} AND l."end" + ${TOLERANCE})`,
);

/** The values of `GIVE_BACK`; undefined when there is nothing to take back. */
export function valuesOfGiveBack(taken: Taken[]): unknown[] | undefined {
  if (taken.length === 0) return undefined;
  return [
    taken.map(({ key }) => key),
    taken.map(({ end }) => end),
    taken.map(({ pause }) => pause?.until ?? null),
    taken.map(({ pause }) => pause?.after ?? null),
  ];
}
