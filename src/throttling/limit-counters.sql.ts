import type { Taken } from './counter.js';

/**
 * SQL that counts one against a limit with a window, for a `WITH` of the caller's: what it is about is then
 * done in the same statement, by the same commit. Returns one row (`expire`), or none when the limit is reached.
 * Takes the four values of `WindowCounter.valuesOf`, from `$first` on.
 * @param after the name of another such part: counts only when that one did
 */
export function countInStatement(first: number, after?: string): string {
  const [key, times, now, end] = [0, 1, 2, 3].map((offset) => `$${first + offset}`);
  return `
    INSERT INTO limit_counters AS c (key, points, expire)
    SELECT ${key}, 1, ${end}::bigint ${after === undefined ? '' : `FROM ${after}`}
    ON CONFLICT (key) DO UPDATE
    SET points = CASE WHEN c.expire <= ${now} THEN 1 ELSE c.points + 1 END,
        expire = CASE WHEN c.expire <= ${now} THEN ${end} ELSE c.expire END
    WHERE c.expire <= ${now}::bigint OR c.points < ${times}::float8
    RETURNING c.expire`;
}

/** How many parameters `countInStatement` takes. */
export const COUNT_PARAMETERS = 4;

/**
 * SQL: two parts of a `WITH`, `locked` and `given_back`, that take counts back. A pause that one of them began
 * ends; one that others began goes on. The rows are locked in the order in which they were counted, so that
 * nobody waits for whom they let wait. Four parameters from `$first` on: the values of `valuesOfGiveBack`.
 * @param condition SQL, as an expression: whether to
 */
export function giveBackInStatement(first: number, condition = 'true'): string {
  const [keys, ends, pauses, afters] = [0, 1, 2, 3].map((offset) => `$${first + offset}`);
  return `
    locked AS (
      SELECT g.* FROM unnest(${keys}::text[], ${ends}::bigint[], ${pauses}::bigint[], ${afters}::float8[])
        WITH ORDINALITY AS g (key, "end", paused_until, pauses_after, position)
      JOIN limit_counters c ON c.key = g.key
      WHERE ${condition} ORDER BY g.position FOR UPDATE OF c),
    given_back AS (
      UPDATE limit_counters AS c
      SET points = c.points - 1,
          paused_until = CASE WHEN c.points <= l.pauses_after OR c.paused_until = l.paused_until
                              THEN 0 ELSE c.paused_until END
      FROM locked l
      WHERE c.key = l.key AND c.points > 0 AND (
        l.pauses_after IS NOT NULL
        OR c.expire = l."end")
      RETURNING c.key)`;
}

export function valuesOfGiveBack(taken: Taken[]): unknown[] {
  // After its end it is forgotten, and what counts there then is another's.
  const now = Date.now();
  const counted = taken.filter(({ end }) => now < end);
  return [
    counted.map(({ key }) => key),
    counted.map(({ end }) => end),
    counted.map(({ pause }) => pause?.until ?? null),
    counted.map(({ pause }) => pause?.after ?? null),
  ];
}
