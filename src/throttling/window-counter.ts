import { LRUCache } from 'lru-cache';
import ms from 'ms';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import { atMost } from '../common/at-most.js';
import type { Counter, Refused, Taken } from './counter.js';
import type { Limit } from './limits.js';

/** What the library and we may read the end of one and the same window as, in milliseconds. Windows are minutes apart. */
export const TOLERANCE = 1_000;
/** Of one limit. Whoever has more addresses than that asks the database again. */
const MAX_REMEMBERED = 10_000;

/** So many within a time: rate-limiter-flexible on the table of the migration. */
export class WindowCounter implements Counter {
  private readonly limiter: RateLimiterPostgres;
  private readonly times: number;
  private readonly within: number;
  /** When the windows end that are full for good, in milliseconds since 1970. */
  private readonly full: LRUCache<string, number> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    { times, within, isProvisional }: Limit,
  ) {
    this.times = times;
    this.within = ms(within);
    this.limiter = new RateLimiterPostgres({
      storeClient: dataSource,
      storeType: 'typeorm',
      tableName: 'limit_counters',
      // By a migration; and expired rows are the housekeeping's.
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: '',
      points: times,
      duration: this.within / 1000,
    });
    // Whoever goes on after a refusal that is final costs no more statements until the window ends.
    if (!isProvisional) this.full = new LRUCache(atMost(MAX_REMEMBERED));
  }

  async take(key: string): Promise<Taken | Refused> {
    const known = this.refusalOf(key);
    if (known) return known;
    try {
      const { msBeforeNext } = await this.limiter.consume(key);
      return { key, end: Date.now() + msBeforeNext };
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const { msBeforeNext: wait } = refused;
      const end = Date.now() + wait;
      this.full?.set(key, end);
      return { wait, isFirst: await this.undo(key, end) };
    }
  }

  /** The refusal that is known without asking the database, if it is. */
  refusalOf(key: string): Refused | undefined {
    const wait = (this.full?.get(key) ?? 0) - Date.now();
    return wait > 0 ? { wait, isFirst: false } : undefined;
  }

  /** The values of `countInStatement`. */
  valuesOf(key: string): unknown[] {
    const now = Date.now();
    return [key, this.times, now, now + this.within];
  }

  /**
   * Takes the count of a refusal back. Not the library's `reward`: that one would put a window that has
   * ended meanwhile below zero.
   * @returns true when it was not told of this window before
   */
  private async undo(key: string, end: number): Promise<boolean> {
    const [rows] = await this.dataSource.query<[{ isFirst: boolean }[], number]>(
      `UPDATE limit_counters AS c SET points = c.points - 1, told_for = c.expire
       FROM (SELECT key, told_for FROM limit_counters WHERE key = $1 FOR UPDATE) AS before
       WHERE c.key = before.key AND c.points > 0 AND c.expire BETWEEN $2 AND $3
       RETURNING before.told_for IS DISTINCT FROM c.expire AS "isFirst"`,
      [key, end - TOLERANCE, end + TOLERANCE],
    );
    return rows[0]?.isFirst ?? false;
  }
}
