import { LRUCache } from 'lru-cache';
import ms from 'ms';
import type { DataSource, EntityManager } from 'typeorm';
import { atMost } from '../../common/at-most.js';
import { runPrepared } from '../database/run-prepared.js';
import { type Counter, readRefusal, type Refused, type Taken } from './counter.js';
import { countInWindow, type WindowCount } from './limit-counters.sql.js';
import type { Limit } from './limits.js';

/** Of one limit. Whoever has more addresses than that asks the database again. */
const MAX_REMEMBERED = 10_000;

/** So many within a time. */
export class WindowCounter implements Counter {
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
    // Whoever goes on after a refusal that is final costs no more statements until the window ends.
    if (!isProvisional) this.full = new LRUCache(atMost(MAX_REMEMBERED));
  }

  async countOne(key: string): Promise<Taken | Refused> {
    const known = this.refusalOf(key);
    if (known) return known;
    const end = await this.count(this.dataSource, key);
    if (end !== undefined) return { key, end };
    const refused = await readRefusal(this.dataSource, key);
    this.full?.set(key, Date.now() + refused.wait);
    return refused;
  }

  /** The refusal that is known without asking the database, if it is. */
  refusalOf(key: string): Refused | undefined {
    const wait = (this.full?.get(key) ?? 0) - Date.now();
    return wait > 0 ? { wait, isFirst: false } : undefined;
  }

  /** Counts one in the caller's transaction. Returns when its window ends; undefined when the limit is reached. */
  async count(tx: DataSource | EntityManager, key: string): Promise<number | undefined> {
    const counting = countInWindow(this.countOf(key));
    const [counted] = await runPrepared<{ expire: string }>(tx, 'limits_count', counting);
    return counted && Number(counted.expire);
  }

  /** One that a statement of the caller's counts by `countInWindow`. */
  countOf(key: string): WindowCount {
    const now = Date.now();
    return { key, times: this.times, now, end: now + this.within };
  }
}
