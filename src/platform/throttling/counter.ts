import sql from 'sql-template-tag';
import type { DataSource } from 'typeorm';
import { runPrepared } from '../database/run-prepared.js';

/** What was let through, and counted: where its count is, to take it back. Times in milliseconds since 1970. */
export interface Taken {
  key: string;
  /** When it is forgotten, with the window it is counted in. */
  end: number;
  /** Where there are pauses: until when there was one after this very count, and after how many one begins. */
  pause?: { until: string; after: number };
}

/** What was not let through. It is not counted. */
export interface Refused {
  /** Milliseconds until it may be let through. */
  wait: number;
  /** Whether it is the first one since the limit was reached. */
  isFirst: boolean;
}

/** Counts something against one limit. Every method is one atomic statement, whichever instance asks. */
export interface Counter {
  countOne: (key: string) => Promise<Taken | Refused>;
}

/** The refusal of what a counter did not let through, and whether it is the first one. */
export async function readRefusal(dataSource: DataSource, key: string): Promise<Refused> {
  const [row] = await runPrepared<{ end: string; isFirst: boolean }>(
    dataSource,
    'limits_refuse',
    sql`
      WITH told AS (
        UPDATE limit_counters SET told_for = expire
        WHERE key = ${key} AND told_for IS DISTINCT FROM expire RETURNING 1)
      SELECT CASE WHEN paused_until > 0 THEN paused_until ELSE expire END AS end,
             EXISTS (SELECT FROM told) AS "isFirst"
      FROM limit_counters WHERE key = ${key}`,
  );
  return { wait: Math.max(Number(row?.end ?? 0) - Date.now(), 0), isFirst: row?.isFirst ?? false };
}

export function isTaken(result: Taken | Refused): result is Taken {
  return 'key' in result;
}
