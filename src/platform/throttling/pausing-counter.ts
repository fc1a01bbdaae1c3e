import ms from 'ms';
import sql, { type Sql } from 'sql-template-tag';
import type { DataSource } from 'typeorm';
import { runPrepared } from '../database/run-prepared.js';
import { type Counter, readRefusal, type Refused, type Taken } from './counter.js';
import type { Limit } from './limits.js';

interface State {
  expire: string;
  pausedUntil: string;
}

/**
 * So many within a time, then one after each pause, and each pause twice as long as the one before. All is
 * forgotten when nothing was counted for that time after the last pause.
 */
export class PausingCounter implements Counter {
  private readonly within: number;
  private readonly first: number;
  private readonly longest: number;
  private readonly times: number;

  constructor(
    private readonly dataSource: DataSource,
    { times, within, pauses }: Limit & Required<Pick<Limit, 'pauses'>>,
  ) {
    this.times = times;
    this.within = ms(within);
    this.first = ms(pauses.first);
    this.longest = ms(pauses.longest);
  }

  async countOne(key: string): Promise<Taken | Refused> {
    const counting = this.count(key, Date.now());
    const [taken] = await runPrepared<State>(this.dataSource, 'limits_count_pausing', counting);
    if (!taken) return readRefusal(this.dataSource, key);
    const { expire, pausedUntil: until } = taken;
    return { key, end: Number(expire), pause: { until, after: this.times } };
  }

  private count(key: string, now: number): Sql {
    const { within } = this;
    return sql`
      INSERT INTO limit_counters AS c (key, points, expire, paused_until)
      SELECT ${key}, 1, ${now}::bigint + ${within} + pause, CASE WHEN pause > 0 THEN ${now} + pause ELSE 0 END
      FROM (SELECT ${this.pauseAfter(sql`1`)} AS pause) AS first
      ON CONFLICT (key) DO UPDATE SET (points, expire, paused_until) = (
        SELECT n, CASE WHEN n = 1 OR pause > 0 THEN ${now} + pause + ${within} ELSE c.expire END,
               CASE WHEN pause > 0 THEN ${now} + pause ELSE 0 END
        FROM (SELECT CASE WHEN c.expire <= ${now} THEN 1 ELSE c.points + 1 END AS n) AS counted,
             LATERAL (SELECT ${this.pauseAfter(sql`n`)} AS pause) AS paused)
      WHERE c.expire <= ${now} OR c.paused_until <= ${now}
      RETURNING expire, paused_until AS "pausedUntil"`;
  }

  /** SQL: the milliseconds of the pause after so many counts. */
  private pauseAfter(points: Sql): Sql {
    const { times, first, longest } = this;
    const doublings = sql`least(greatest(${points} - ${times}::float8, 0), 20)`;
    return sql`(
      CASE WHEN ${points} < ${times}::float8 THEN 0
           ELSE least(${first}::float8 * 2 ^ ${doublings}, ${longest}::float8) END)::bigint`;
  }
}
