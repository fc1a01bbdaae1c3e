import { Injectable } from '@nestjs/common';
import sql from 'sql-template-tag';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../http/app-error.js';
import { networkOf, siteOf } from '../../http/client-ip.js';
import type { Actor } from '../../http/current-actor.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { GatehouseDataSource } from '../database/data-source.js';
import { deleteOld } from '../database/delete-old.js';
import { runPrepared } from '../database/run-prepared.js';
import { Metrics } from '../metrics/metrics.service.js';
import { isTaken, type Refused, type Taken } from './counter.js';
import type { CountedBy, DeclaredLimit } from './define-limits.js';
import { LimitCatalogue } from './limit-catalogue.js';
import { type Counted, LimitCounters } from './limit-counters.js';
import { giveBackCounts, type WindowCount } from './limit-counters.sql.js';
import type { Limit, LimitName, NetworkLimitName } from './limits.js';
import { orUnavailable } from './or-unavailable.js';
import { inWords } from './waiting-time.js';

/** That a limit is reached, told once until it begins anew. */
export interface LimitReached {
  actor: Actor;
  /** Its name. */
  limit: string;
  /** The id of the user who is counted, where it is one. */
  userId: string | undefined;
}

/** One that is to be counted against a limit. */
export interface Wanted {
  limit: LimitName;
  counted: Counted;
}

/**
 * Counts what people do against the limits of Gatehouse and the product, for all instances together. Callers count before they do
 * something slow, or something that reaches other people. The one writer of `limit_counters`.
 */
@Injectable()
export class LimitsService {
  private readonly counters: LimitCounters;
  private readonly listeners: ((reached: LimitReached) => Promise<void>)[] = [];

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly metrics: Metrics,
    private readonly catalogue: LimitCatalogue,
    config: AppConfig,
  ) {
    this.counters = new LimitCounters(dataSource, config, catalogue);
  }

  /** Has a listener called when a limit is reached. */
  onReached(listener: (reached: LimitReached) => Promise<void>): void {
    this.listeners.push(listener);
  }

  /**
   * Counts one against a limit of the product. Call it before a transaction begins: it has a connection of its own. The
   * operator of the command line and the application itself are not counted.
   *
   * ```ts
   * await this.limits.consume(ARTICLE_LIMITS.comments, actor);
   * await this.limits.consume(ARTICLE_LIMITS.comments_per_article, actor, article.id);
   * ```
   *
   * Throws `AppError` 429 `too_many_requests` when the limit is reached, 503 `service_unavailable` when that cannot be
   * found out, and 401 `authentication_required` for a visitor who has no account to count by.
   * @param key what one counter is kept for, where the limit is by `key`. It is stored as a MAC.
   */
  async consume<By extends CountedBy>(
    limit: DeclaredLimit<By>,
    actor: Actor,
    ...[key]: By extends 'key' ? [key: string] : []
  ): Promise<void> {
    const { client, principal } = actor;
    if (!client) return;
    if (limit.by === 'ip') return this.countAgainstNetwork(actor, limit.name, client.ip);
    if (limit.by === 'key') return void (await this.countOne(actor, limit.name, { key: key! }));
    if (!principal) throw new AppError('authentication_required');
    const { userId } = principal;
    await this.countOne(actor, limit.name, { key: userId, userId });
  }

  /**
   * Counts one. Throws `AppError` 429 `too_many_requests` when the limit is reached, and 503
   * `service_unavailable` when that cannot be found out.
   */
  async countAgainstLimit(actor: Actor, limit: LimitName, counted: Counted): Promise<Taken> {
    return this.countOne(actor, limit, counted);
  }

  /** The same for what must not be seen from outside: null when the limit is reached. */
  async countAgainstLimitSilently(
    actor: Actor,
    limit: LimitName,
    counted: Counted,
  ): Promise<Taken | null> {
    const result = await this.attempt(actor, limit, counted);
    return isTaken(result) ? result : null;
  }

  /** Counts one in the caller's transaction; false when the limit is reached. Not for a limit with pauses. */
  async countAgainstLimitIn(
    tx: EntityManager,
    limit: LimitName,
    counted: Counted,
  ): Promise<boolean> {
    await this.counters.renewKey(tx, limit, counted);
    const key = this.counters.keyOf(limit, counted);
    return (await this.counters.windowOf(limit).count(tx, key)) !== undefined;
  }

  /** Counts one from an IP address, and from the /48 around it. Throws as `countAgainstLimit`. */
  async countAgainstLimitOfNetwork(
    actor: Actor,
    limit: NetworkLimitName,
    ip: string,
  ): Promise<void> {
    await this.countAgainstNetwork(actor, limit, ip);
  }

  /** Counts one from the /48 around an address; null for IPv4, which has none. Throws as `countAgainstLimit`. */
  async countAgainstLimitOfSite(
    actor: Actor,
    limit: NetworkLimitName,
    ip: string,
  ): Promise<Taken | null> {
    return this.countAgainstSite(actor, limit, ip);
  }

  /**
   * Counts one against each limit by a statement of the caller's, which does what it is about as well: each
   * by a `countInWindow`, and only after the one before it did. What it did not count is then counted
   * alone, which refuses in most cases, as `countAgainstLimit` does; what comes before stays counted.
   * @param wanted none of them a limit with pauses
   * @param run runs the statement with one count for each limit; returns the `expire` that each returned
   * @returns what was counted, and what `run` did. `isDone`: whether the statement counted all of them
   */
  async countAgainstLimitsBy<Result extends { ends: (string | null)[] }>(
    actor: Actor,
    wanted: Wanted[],
    run: (counts: WindowCount[]) => Promise<Result>,
  ): Promise<{ taken: Taken[]; result: Result; isDone: boolean }> {
    const counts = wanted.map(({ limit, counted }) => {
      const counter = this.counters.windowOf(limit);
      const key = this.counters.keyOf(limit, counted);
      const refused = counter.refusalOf(key);
      if (refused) throw this.refusedAgain(limit, refused);
      return counter.countOf(key);
    });
    for (const { limit, counted } of wanted) {
      await orUnavailable(() => this.counters.renewKey(this.dataSource, limit, counted));
    }
    const result = await orUnavailable(() => run(counts));
    const taken: Taken[] = [];
    for (const [index, { limit, counted }] of wanted.entries()) {
      const end = result.ends[index] ?? null;
      const { key } = counts[index]!;
      taken.push(
        end === null
          ? await this.countAgainstLimit(actor, limit, counted)
          : { key, end: Number(end) },
      );
    }
    return { taken, result, isDone: !result.ends.includes(null) };
  }

  /** Takes counts back: what was counted did not happen. Other counts stay. Throws `AppError` 503. */
  async giveBackCounts(taken: Taken[]): Promise<void> {
    const statement = sql`WITH ${giveBackCounts(taken)} SELECT FROM given_back`;
    await orUnavailable(() => runPrepared(this.dataSource, 'limits_give_back', statement));
  }

  /** Deletes what has expired; returns how much. */
  async purge(): Promise<number> {
    const condition = 'expire <= (extract(epoch FROM now()) * 1000)::bigint';
    return deleteOld(this.dataSource, 'limit_counters', condition);
  }

  private async countOne(actor: Actor, limit: string, counted: Counted): Promise<Taken> {
    const result = await this.attempt(actor, limit, counted);
    if (isTaken(result)) return result;
    throw refusalOf(this.catalogue.find(limit), result.wait);
  }

  private async countAgainstNetwork(actor: Actor, limit: string, ip: string): Promise<void> {
    await this.countOne(actor, limit, { key: networkOf(ip) });
    await this.countAgainstSite(actor, limit, ip);
  }

  private async countAgainstSite(actor: Actor, limit: string, ip: string): Promise<Taken | null> {
    const key = siteOf(ip);
    return key === undefined ? null : this.countOne(actor, limit, { key, isSite: true });
  }

  private async attempt(actor: Actor, limit: string, counted: Counted) {
    const { isReserve } = this.catalogue.find(limit);
    const key = this.counters.keyOf(limit, counted);
    const counter = this.counters.counterOf(limit, counted);
    await orUnavailable(() => this.counters.renewKey(this.dataSource, limit, counted));
    const result = await orUnavailable(() => counter.countOne(key));
    if (isTaken(result) || isReserve) return result;
    this.metrics.count('gatehouse_limit_reached_total', { limit });
    if (result.isFirst) {
      const { userId } = counted;
      await Promise.all(this.listeners.map((listener) => listener({ actor, limit, userId })));
    }
    return result;
  }

  /** The refusal of a client that was refused before. */
  private refusedAgain(limit: LimitName, { wait }: Refused): AppError {
    this.metrics.count('gatehouse_limit_reached_total', { limit });
    return refusalOf(this.catalogue.find(limit), wait);
  }
}

function refusalOf({ refusal, instead }: Limit, wait: number): AppError {
  const retryAfter = Math.max(1, Math.ceil(wait / 1000));
  const otherwise = instead === undefined ? '' : `, or ${instead}`;
  return new AppError('too_many_requests', {
    detail: `${refusal} Try again in ${inWords(retryAfter)}${otherwise}.`,
    retryAfter,
  });
}
