import ms from 'ms';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import type { Counter, Refused, Taken } from './counter.js';
import type { Limit } from './limits.js';

/** What the library and we may read the end of one and the same window as. Windows are minutes apart. */
const TOLERANCE = 1_000;

/** So many within a time: rate-limiter-flexible on the table of the migration. */
export class WindowCounter implements Counter {
  private readonly limiter: RateLimiterPostgres;

  constructor(
    private readonly dataSource: DataSource,
    { times, within, isProvisional }: Limit,
  ) {
    this.limiter = new RateLimiterPostgres({
      storeClient: dataSource,
      storeType: 'typeorm',
      tableName: 'limit_counters',
      // By a migration; and expired rows are the housekeeping's.
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: '',
      points: times,
      duration: ms(within) / 1000,
      // Whoever goes on after a refusal that is final costs no more statements until the window ends.
      ...(!isProvisional && { inMemoryBlockOnConsumed: times + 1 }),
    });
  }

  async take(key: string): Promise<Taken | Refused> {
    try {
      const { msBeforeNext } = await this.limiter.consume(key);
      const end = Date.now() + msBeforeNext;
      return { giveBack: async () => void (await this.giveBack(key, end)) };
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const { msBeforeNext: wait, consumedPoints } = refused;
      if (consumedPoints === 0) return { wait, isFirst: false };
      return { wait, isFirst: await this.giveBack(key, Date.now() + wait, true) };
    }
  }

  /**
   * Not the library's `reward`: that one would put a window that has ended meanwhile below zero.
   * @returns true when it was not told of this window before
   */
  private async giveBack(key: string, end: number, tells = false): Promise<boolean> {
    const [rows] = await this.dataSource.query<[{ isFirst: boolean }[], number]>(
      `UPDATE limit_counters AS c
       SET points = c.points - 1, told_for = CASE WHEN $4 THEN c.expire ELSE c.told_for END
       FROM (SELECT key, told_for FROM limit_counters WHERE key = $1 FOR UPDATE) AS before
       WHERE c.key = before.key AND c.points > 0 AND c.expire BETWEEN $2 AND $3
       RETURNING before.told_for IS DISTINCT FROM c.expire AS "isFirst"`,
      [key, end - TOLERANCE, end + TOLERANCE, tells],
    );
    return rows[0]?.isFirst ?? false;
  }
}
