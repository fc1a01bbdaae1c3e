import ms from 'ms';
import type { DataSource } from 'typeorm';
import { Statement } from '../database/statement.js';
import type { Counter, Refused, Taken } from './counter.js';
import type { Limit } from './limits.js';

interface State {
  expire: string;
  pausedUntil: string;
}

/**
 * So many within a time, then one after each pause, and each pause twice as long as the one before. All is
 * forgotten when nothing was counted for that time after the last pause. rate-limiter-flexible knows no
 * growing pauses, so this is a statement of our own on its table.
 */
export class PausingCounter implements Counter {
  private readonly within: number;
  private readonly first: number;
  private readonly longest: number;
  private readonly times: number;
  private readonly counting: Statement<State>;

  constructor(
    private readonly dataSource: DataSource,
    name: string,
    { times, within, pauses }: Limit & Required<Pick<Limit, 'pauses'>>,
  ) {
    this.times = times;
    this.within = ms(within);
    this.first = ms(pauses.first);
    this.longest = ms(pauses.longest);
    this.counting = new Statement(
      `limits_${name}`,
      `INSERT INTO limit_counters AS c (key, points, expire, paused_until)
       SELECT $1, 1, $2::bigint + $3 + pause, CASE WHEN pause > 0 THEN $2 + pause ELSE 0 END
       FROM (SELECT ${this.pauseAfter('1')} AS pause) AS first
       ON CONFLICT (key) DO UPDATE SET (points, expire, paused_until) = (
         SELECT n, CASE WHEN n = 1 OR pause > 0 THEN $2 + pause + $3 ELSE c.expire END,
                CASE WHEN pause > 0 THEN $2 + pause ELSE 0 END
         FROM (SELECT CASE WHEN c.expire <= $2 THEN 1 ELSE c.points + 1 END AS n) AS counted,
              LATERAL (SELECT ${this.pauseAfter('n')} AS pause) AS paused)
       WHERE c.expire <= $2 OR c.paused_until <= $2
       RETURNING expire, paused_until AS "pausedUntil"`,
    );
  }

  async take(key: string): Promise<Taken | Refused> {
    const now = Date.now();
    const [taken] = await this.counting.run(this.dataSource, [key, now, this.within]);
    if (!taken) return this.refused(key, now);
    const { expire, pausedUntil: until } = taken;
    return { key, end: Number(expire), pause: { until, after: this.times } };
  }

  private async refused(key: string, now: number): Promise<Refused> {
    const [state] = await this.dataSource.query<{ pausedUntil: string; isFirst: boolean }[]>(
      `WITH told AS (
         UPDATE limit_counters SET told_for = expire
         WHERE key = $1 AND told_for IS DISTINCT FROM expire RETURNING 1)
       SELECT paused_until AS "pausedUntil", EXISTS (SELECT FROM told) AS "isFirst"
       FROM limit_counters WHERE key = $1`,
      [key],
    );
    const wait = Math.max(Number(state?.pausedUntil ?? 0) - now, 0);
    return { wait, isFirst: state?.isFirst ?? false };
  }

  /** SQL: the milliseconds of the pause after so many counts. */
  private pauseAfter(points: string): string {
    const { times, first, longest } = this;
    const doublings = `least(greatest(${points} - ${times}, 0), 20)`;
    return `(CASE WHEN ${points} < ${times} THEN 0 ELSE least(${first} * 2 ^ ${doublings}, ${longest}) END)::bigint`;
  }
}
