import ms from 'ms';
import type { DataSource } from 'typeorm';
import { Statement } from '../database/statement.js';
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
    if (!taken) return readRefusal(this.dataSource, key);
    const { expire, pausedUntil: until } = taken;
    return { key, end: Number(expire), pause: { until, after: this.times } };
  }

  /** SQL: the milliseconds of the pause after so many counts. */
  private pauseAfter(points: string): string {
    const { times, first, longest } = this;
    const doublings = `least(greatest(${points} - ${times}, 0), 20)`;
    return `(CASE WHEN ${points} < ${times} THEN 0 ELSE least(${first} * 2 ^ ${doublings}, ${longest}) END)::bigint`;
  }
}
