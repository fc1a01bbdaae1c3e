import sql, { empty, type Sql } from 'sql-template-tag';
import type { Taken } from './counter.js';

/** One that is to be counted in a window. Times in milliseconds since 1970. */
export interface WindowCount {
  key: string;
  /** How many a window has room for. */
  times: number;
  now: number;
  /** When the window ends, if this one begins it. */
  end: number;
}

/**
 * SQL that counts one against a limit with a window, for a `WITH` of the caller's: what it is about is then
 * done in the same statement, by the same commit. Returns one row (`expire`), or none when the limit is reached.
 * @param after the name of another such part: counts only when that one did
 */
export function countInWindow({ key, times, now, end }: WindowCount, after?: Sql): Sql {
  return sql`
    INSERT INTO limit_counters AS c (key, points, expire)
    SELECT ${key}, 1, ${end}::bigint ${after ? sql`FROM ${after}` : empty}
    ON CONFLICT (key) DO UPDATE
    SET points = CASE WHEN c.expire <= ${now} THEN 1 ELSE c.points + 1 END,
        expire = CASE WHEN c.expire <= ${now} THEN ${end} ELSE c.expire END
    WHERE c.expire <= ${now}::bigint OR c.points < ${times}::float8
    RETURNING c.expire`;
}

/**
 * SQL: two parts of a `WITH`, `locked` and `given_back`, that take counts back. A pause that one of them began
 * ends; one that others began goes on. The rows are locked in the order in which they were counted, so that
 * two such statements cannot wait for each other.
 * @param condition an expression: whether to
 */
export function giveBackCounts(taken: Taken[], condition = sql`true`): Sql {
  // After its end a count is forgotten, and the counts of its row belong to others.
  const now = Date.now();
  const counted = taken.filter(({ end }) => now < end);
  const keys = counted.map(({ key }) => key);
  const ends = counted.map(({ end }) => end);
  const pauses = counted.map(({ pause }) => pause?.until ?? null);
  const afters = counted.map(({ pause }) => pause?.after ?? null);
  return sql`
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
