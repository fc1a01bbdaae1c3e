import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

/** The channel on which the database's triggers announce changes, as `<topic>:<id>`. */
const CHANNEL = 'gatehouse_changes';
const HEARTBEAT_EVERY = 1_000;
// A connection that is cut without a word is taken for dead after this long.
const HEARTBEAT_TIMEOUT = 2_000;
const RECONNECT_AFTER = 500;

/** The longest that an instance believes what another connection has changed, in milliseconds (ADR 3). */
export const LONGEST_DELAY = HEARTBEAT_EVERY + HEARTBEAT_TIMEOUT;

type Listener = (id: string) => void;

/**
 * What changed in the database, as it is committed, by whomever: this instance, another one, or a
 * person in psql. Whoever caches rows subscribes, and may trust the cache only while `isLive`.
 */
@Injectable()
export class ChangeFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ChangeFeed');
  private readonly listeners = new Map<string, Listener[]>();
  private readonly gapListeners: (() => void)[] = [];
  private readonly closing = new AbortController();
  private client: pg.Client | undefined;
  private lastHeartbeat = 0;
  private current: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** Whether every change up to now has been or will be announced. While false, read the database. */
  get isLive(): boolean {
    return this.client !== undefined && performance.now() - this.lastHeartbeat < LONGEST_DELAY;
  }

  /**
   * Resolves to `isLive`; where only the latest answer of the database is too old, once it has answered again. On
   * a machine that is busy it is often merely late, and reading the database for every request would make it worse.
   */
  async proveLive(): Promise<boolean> {
    if (!this.isLive && this.client) await this.settle();
    return this.isLive;
  }

  /** Calls `listener` with the id of each change of a topic. */
  subscribe(topic: string, listener: Listener): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  /** Calls `listener` when changes may have been missed: whatever was cached before is not to be trusted. */
  onGap(listener: () => void): void {
    this.gapListeners.push(listener);
  }

  /**
   * Resolves when this instance has heard of every change committed before the call: PostgreSQL
   * delivers what is pending on a connection before it answers the next statement on it.
   */
  async settle(): Promise<void> {
    await this.roundTrip().catch(() => undefined);
  }

  /** One at a time: those who come while one is under way share the next one. */
  private async roundTrip(): Promise<void> {
    if (this.current) {
      this.next ??= this.current
        .catch(() => undefined)
        .then(() => {
          this.next = undefined;
          return this.roundTrip();
        });
      return this.next;
    }
    const { client } = this;
    const askedAt = performance.now();
    this.current = Promise.resolve(client?.query('SELECT 1')).then(() => undefined);
    try {
      await this.current;
      // Of what was committed later, this answer knows nothing.
      if (client) this.lastHeartbeat = askedAt;
    } finally {
      this.current = undefined;
    }
  }

  async onModuleInit(): Promise<void> {
    await this.connect();
    this.loop = this.keepConnected();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.loop;
    await this.disconnect();
  }

  private async connect(): Promise<void> {
    const { url } = this.dataSource.options as PostgresDataSourceOptions;
    const client = new pg.Client({
      connectionString: url!,
      application_name: 'gatehouse change feed',
      connectionTimeoutMillis: HEARTBEAT_TIMEOUT,
      query_timeout: HEARTBEAT_TIMEOUT,
      keepAlive: true,
    });
    client.on('notification', ({ payload }) => this.announce(payload ?? ''));
    // Either event means that announcements may be lost from now on.
    client.on('error', () => this.drop(client));
    client.on('end', () => this.drop(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    this.lastHeartbeat = performance.now();
    for (const listener of this.gapListeners) listener();
  }

  private async keepConnected(): Promise<void> {
    while (!this.closing.signal.aborted) {
      const { client } = this;
      try {
        if (client) {
          await this.roundTrip();
        } else {
          await this.connect();
          this.logger.log('Listening for changes again.');
        }
      } catch (error) {
        if (client) this.drop(client, error);
      }
      const pause = this.client ? HEARTBEAT_EVERY : RECONNECT_AFTER;
      await sleep(pause, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private announce(payload: string): void {
    const separator = payload.indexOf(':');
    const id = payload.slice(separator + 1);
    for (const listener of this.listeners.get(payload.slice(0, separator)) ?? []) listener(id);
  }

  private drop(client: pg.Client, error?: unknown): void {
    if (this.client !== client) return;
    this.client = undefined;
    void client.end().catch(() => undefined);
    if (this.closing.signal.aborted) return;
    const reason = error instanceof Error ? ` (${error.message})` : '';
    this.logger.warn(
      `The connection that listens for changes is down${reason}: reading the database on every request until it is back.`,
    );
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}
