import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { deriveKey, mac } from '../common/crypto.js';
import type { Actor } from '../common/current-actor.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { Metrics } from '../metrics/metrics.service.js';
import type { Counter, Taken } from './counter.js';
import { type Limit, type LimitName, LIMITS } from './limits.js';
import { PausingCounter } from './pausing-counter.js';
import { inWords } from './waiting-time.js';
import { WindowCounter } from './window-counter.js';

/** That a limit is reached, told once until it begins anew. */
export interface LimitReached {
  actor: Actor;
  limit: LimitName;
  /** The id of the user who is counted, where it is one. */
  userId: string | undefined;
}

/** Who or what is counted: what tells them apart, and the id of the user where it is one. */
export interface Counted {
  key: string;
  userId?: string | undefined;
}

/**
 * Counts what people do against the limits of `LIMITS`, for all instances together. Whoever does something
 * slow or something that reaches others counts it before. The one writer of `limit_counters`.
 */
@Injectable()
export class LimitsService {
  private readonly counters = new Map<LimitName, Counter>();
  private readonly listeners: ((reached: LimitReached) => Promise<void>)[] = [];
  private readonly key: Buffer;

  constructor(
    private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
    { appSecret, throttleScale }: AppConfig,
  ) {
    this.key = deriveKey(appSecret, 'limits');
    for (const [name, limit] of Object.entries(LIMITS) as [LimitName, Limit][]) {
      const scaled = { ...limit, times: limit.times * throttleScale };
      this.counters.set(name, counterOf(dataSource, scaled));
    }
  }

  /** Has somebody told when a limit is reached. */
  onReached(listener: (reached: LimitReached) => Promise<void>): void {
    this.listeners.push(listener);
  }

  /**
   * Counts one. Throws `AppError` 429 `too_many_requests` when the limit is reached, and 503
   * `service_unavailable` when nobody can tell whether it is.
   */
  async take(actor: Actor, limit: LimitName, counted: Counted): Promise<Taken> {
    const result = await this.attempt(actor, limit, counted);
    if ('giveBack' in result) return result;
    throw refusalOf(LIMITS[limit], result.wait);
  }

  /** The same for what must not be seen from outside: null when the limit is reached. */
  async takeSilently(actor: Actor, limit: LimitName, counted: Counted): Promise<Taken | null> {
    const result = await this.attempt(actor, limit, counted);
    return 'giveBack' in result ? result : null;
  }

  /** Deletes what has expired; returns how much. */
  async purge(now: Date): Promise<number> {
    const [, count] = await this.dataSource.query<[unknown, number]>(
      'DELETE FROM limit_counters WHERE expire <= $1',
      [now.getTime()],
    );
    return count;
  }

  private async attempt(actor: Actor, limit: LimitName, { key, userId }: Counted) {
    const hidden = `${limit}:${mac(this.key, `${limit}:${key}`)}`;
    const result = await orUnavailable(() => this.counters.get(limit)!.take(hidden));
    if ('giveBack' in result) return { giveBack: () => orUnavailable(result.giveBack) };
    this.metrics.count('gatehouse_limit_reached_total', { limit });
    if (result.isFirst) {
      await Promise.all(this.listeners.map((listener) => listener({ actor, limit, userId })));
    }
    return result;
  }
}

function counterOf(dataSource: DataSource, limit: Limit): Counter {
  const { pauses } = limit;
  return pauses
    ? new PausingCounter(dataSource, { ...limit, pauses })
    : new WindowCounter(dataSource, limit);
}

function refusalOf({ refusal, instead }: Limit, wait: number): AppError {
  const retryAfter = Math.max(1, Math.ceil(wait / 1000));
  const otherwise = instead === undefined ? '' : `, or ${instead}`;
  return new AppError('too_many_requests', {
    detail: `${refusal} Try again in ${inWords(retryAfter)}${otherwise}.`,
    retryAfter,
  });
}

/** A limit that cannot be looked at is no permission (ASVS 16.5.3). */
async function orUnavailable<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new AppError('service_unavailable', { cause });
  }
}
