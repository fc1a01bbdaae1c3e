import sql from 'sql-template-tag';
import type { DataSource, EntityManager } from 'typeorm';
import { MacKeys } from '../../common/secret-keys.js';
import type { AppConfig } from '../config/app-config.js';
import { ConfigError } from '../config/config-error.js';
import { GatehouseDataSource } from '../database/data-source.js';
import { runPrepared } from '../database/run-prepared.js';
import type { Counter } from './counter.js';
import type { LimitCatalogue } from './limit-catalogue.js';
import type { Limit } from './limits.js';
import { PausingCounter } from './pausing-counter.js';
import { WindowCounter } from './window-counter.js';

/** Who or what is counted: what tells them apart, and the id of the user where it is one. */
export interface Counted {
  key: string;
  userId?: string | undefined;
  /** Whether it is a /48, which has more (`timesPerSite`). */
  isSite?: true;
}

/** The counters of all limits, with the numbers of the configuration, and the keys of what they count. */
export class LimitCounters {
  private readonly counters = new Map<string, Counter>();
  private readonly ofSites = new Map<string, Counter>();
  private readonly keys: MacKeys;

  constructor(dataSource: GatehouseDataSource, config: AppConfig, catalogue: LimitCatalogue) {
    const { throttleScale, limits } = config;
    refuseUnknownLimits(limits, catalogue);
    this.keys = new MacKeys(config, 'limits');
    for (const [name, limit] of catalogue.limits) {
      // The larger limit of a /48 grows and shrinks with that of an address.
      const scale =
        (limit.isReserve ? 1 : throttleScale) * ((limits[name] ?? limit.times) / limit.times);
      const scaled = (times: number) => ({ ...limit, times: Math.ceil(times * scale) });
      this.counters.set(name, counterOf(dataSource, scaled(limit.times)));
      const { timesPerSite } = limit;
      if (timesPerSite) this.ofSites.set(name, new WindowCounter(dataSource, scaled(timesPerSite)));
    }
  }

  /** The counter of a limit, or its larger one of a /48. */
  counterOf(limit: string, { isSite }: Counted): Counter {
    return (isSite ? this.ofSites : this.counters).get(limit)!;
  }

  /** The counter of a limit without pauses. */
  windowOf(limit: string): WindowCounter {
    return this.counters.get(limit) as WindowCounter;
  }

  /** The key under which something is counted. Its table does not show who or what it is. */
  keyOf(limit: string, { key }: Counted): string {
    return `${limit}:${this.keys.sign(`${limit}:${key}`)}`;
  }

  /** Adds what was counted under a key of a previous `APP_SECRET` to the key of the current one. */
  async renewKey(tx: DataSource | EntityManager, limit: string, counted: Counted): Promise<void> {
    if (!this.keys.hasPrevious) return;
    const previous = this.keys.signByPrevious(`${limit}:${counted.key}`);
    const names = previous.map((name) => `${limit}:${name}`);
    const [key, now] = [this.keyOf(limit, counted), Date.now()];
    await runPrepared(
      tx,
      'limits_renew',
      sql`
        WITH renamed AS (
          DELETE FROM limit_counters WHERE key = ANY(${names}::text[])
          RETURNING points, expire, paused_until, told_for)
        INSERT INTO limit_counters AS c (key, points, expire, paused_until, told_for)
        SELECT ${key}, sum(points), max(expire), max(paused_until), max(told_for)
        FROM renamed WHERE expire > ${now}::bigint HAVING count(*) > 0
        ON CONFLICT (key) DO UPDATE SET
          points = EXCLUDED.points + CASE WHEN c.expire > ${now}::bigint THEN c.points ELSE 0 END,
          expire = greatest(c.expire, EXCLUDED.expire),
          paused_until = greatest(c.paused_until, EXCLUDED.paused_until)`,
    );
  }
}

function counterOf(dataSource: DataSource, limit: Limit): Counter {
  const { pauses } = limit;
  return pauses
    ? new PausingCounter(dataSource, { ...limit, pauses })
    : new WindowCounter(dataSource, limit);
}

function refuseUnknownLimits(limits: AppConfig['limits'], catalogue: LimitCatalogue): void {
  const unknown = Object.keys(limits).filter((name) => !catalogue.limits.has(name));
  if (unknown.length === 0) return;
  throw new ConfigError([
    `LIMITS names ${unknown.join(', ')}, which is no limit. The limits are ${[...catalogue.limits.keys()].join(', ')}.`,
  ]);
}
