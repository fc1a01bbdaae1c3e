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
