import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import { GatehouseDataSource } from './data-source.js';
import { channelOf } from './installation.js';
import { MonitorConnection } from './monitor-connection.js';
import { HEARTBEAT, type Topic } from './topics.js';

const HEARTBEAT_EVERY = 1_000;
// A heartbeat that has not arrived after this long will not arrive.
const HEARTBEAT_TIMEOUT = 2_000;
const RECONNECT_AFTER = 500;
/** A pooler that passes nothing on is not asked for another connection all the time. */
const MOST_PATIENT_RECONNECT = 10_000;

/** The longest that an instance believes what another connection has changed, in milliseconds (ADR 3). */
export const LONGEST_DELAY = HEARTBEAT_EVERY + HEARTBEAT_TIMEOUT;

const READING = 'reading the database on every request';
const REASONS = {
  lost: `The connection that listens for changes is down: ${READING} until it is back.`,
  deaf: `Notifications do not arrive on the connection that listens for changes: ${READING} until they do. A transaction pooler drops them: DATABASE_DIRECT_URL has to lead past it, to the same database.`,
  mute: `The change feed cannot be tested: ${READING} until it can.`,
};

type Listener = (id: string) => void;

/** A heartbeat that was sent, as long as it is waited for. */
interface Awaited {
  payload: string;
  arrive: () => void;
}

/**
 * Reports what changed in the database, as it is committed: by this instance, another one, or a person in psql.
 * A cache of rows subscribes, and may be trusted only while `isLive`.
 *
 * A heartbeat proves that changes arrive. It is a notification like that of a change, takes the way of a transaction
 * of ours, and comes back on the connection that listens.
 */
@Injectable()
export class ChangeFeed implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('ChangeFeed');
  private readonly listeners = new Map<string, Listener[]>();
  private readonly gapListeners: (() => void)[] = [];
  private readonly closing = new AbortController();
  private readonly instance = randomUUID();
  private beats = 0;
  private client: pg.Client | undefined;
  private awaited: Awaited | undefined;
  /** Whether the latest heartbeat arrived, on the connection that listens now. */
  private isProven = false;
  private lastHeartbeat = 0;
  private current: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private loop: Promise<void> | undefined;
  private reconnectAfter = RECONNECT_AFTER;
  private logged: keyof typeof REASONS | undefined;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly monitor: MonitorConnection,
  ) {}

  /** Whether every change up to now has been or will be announced. While false, read the database. */
  get isLive(): boolean {
    return this.isProven && performance.now() - this.lastHeartbeat < LONGEST_DELAY;
  }

  /**
   * Resolves to `isLive`; where only the next heartbeat is late, once it has arrived. On a machine that is busy it
   * often is, and reading the database for every request would make it worse.
   */
  async proveLive(): Promise<boolean> {
    if (this.isProven && !this.isLive) await this.settle();
    return this.isLive;
  }

  /** Calls `listener` with the id of each change of a topic. */
  subscribe(topic: Topic, listener: Listener): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
  }

  /** Calls `listener` when changes may have been missed: whatever was cached before is not to be trusted. */
  onGap(listener: () => void): void {
    this.gapListeners.push(listener);
  }

  /**
   * Resolves when this instance has heard of every change committed before the call, or no longer answers from
   * memory: notifications arrive in the order of their commits, so a heartbeat arrives after them.
   */
  async settle(): Promise<void> {
    if (this.isProven) await this.beat().catch(() => undefined);
  }

  async onModuleInit(): Promise<void> {
    await this.connect();
    await this.beat().catch(() => undefined);
    this.loop = this.keepListening();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.loop;
    await this.disconnect();
  }

  /** One at a time: those who come while one is under way share the next one, which is sent after their changes. */
  private async beat(): Promise<void> {
    if (this.current) {
      this.next ??= this.current
        .catch(() => undefined)
        .then(() => {
          this.next = undefined;
          return this.beat();
        });
      return this.next;
    }
    this.current = this.sendHeartbeat();
    try {
      await this.current;
    } finally {
      this.current = undefined;
    }
  }

  private async sendHeartbeat(): Promise<void> {
    const { client } = this;
    if (!client) throw new Error('not connected');
    const payload = `${HEARTBEAT}:${this.instance}:${++this.beats}`;
    const sentAt = performance.now();
    const deadline = new AbortController();
    const arrival = new Promise<boolean>((resolve) => {
      this.awaited = { payload, arrive: () => resolve(true) };
      sleep(HEARTBEAT_TIMEOUT, false, { signal: deadline.signal }).then(resolve, () => undefined);
    });
    let isSent = false;
    try {
      const sending = this.monitor.query('SELECT pg_notify($1, $2)', [this.channel, payload]);
      sending.then(
        () => (isSent = true),
        () => undefined,
      );
      const [hasArrived] = await Promise.all([arrival, Promise.race([sending, arrival])]);
      if (!hasArrived) throw new Error('the heartbeat did not arrive');
      // The connection may have been lost meanwhile.
      if (this.client === client) this.prove(sentAt);
    } catch (error) {
      if (this.client === client) this.doubt(client, isSent ? 'deaf' : 'mute', error);
      throw error;
    } finally {
      deadline.abort();
      this.awaited = undefined;
    }
  }

  private prove(sentAt: number): void {
    // Of what was committed later, it proves nothing.
    this.lastHeartbeat = sentAt;
    this.reconnectAfter = RECONNECT_AFTER;
    if (this.isProven) return;
    this.isProven = true;
    for (const listener of this.gapListeners) listener();
    if (this.logged) this.logger.log('Listening for changes again.');
    this.logged = undefined;
  }

  private doubt(client: pg.Client, reason: keyof typeof REASONS, error?: unknown): void {
    this.isProven = false;
    this.log(reason, error);
    if (reason === 'mute') return;
    if (reason === 'deaf') {
      // A new one may hear. Only a heartbeat that arrives ends the growing pauses.
      this.reconnectAfter = Math.min(2 * this.reconnectAfter, MOST_PATIENT_RECONNECT);
    }
    this.client = undefined;
    void client.end().catch(() => undefined);
  }

  /** Once for each reason, until changes are heard of again. */
  private log(reason: keyof typeof REASONS, error?: unknown): void {
    if (this.closing.signal.aborted || this.logged === reason) return;
    this.logged = reason;
    const detail = error instanceof Error && reason !== 'deaf' ? ` (${error.message})` : '';
    this.logger.warn(`${REASONS[reason]}${detail}`);
  }

  private async connect(): Promise<void> {
    const { directAddress } = this.dataSource;
    const client = await directAddress.connect('gatehouse change feed', {
      connectionTimeoutMillis: HEARTBEAT_TIMEOUT,
      query_timeout: HEARTBEAT_TIMEOUT,
    });
    client.on('notification', ({ payload }) => this.announce(payload ?? ''));
    // Either event means that announcements may be lost from now on.
    const lose = (error?: unknown) => {
      if (this.client === client) this.doubt(client, 'lost', error);
    };
    client.on('error', lose);
    client.on('end', () => lose());
    try {
      await client.query(`LISTEN ${this.channel}`);
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
  }

  private async keepListening(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await sleep(this.client ? HEARTBEAT_EVERY : this.reconnectAfter, undefined, { signal }).catch(
        () => undefined,
      );
      if (signal.aborted) return;
      if (!this.client) await this.connect().catch((error: unknown) => this.log('lost', error));
      if (this.client) await this.beat().catch(() => undefined);
    }
  }

  /** The triggers announce changes on it, as `<topic>:<id>`. */
  private get channel(): string {
    return channelOf(this.dataSource);
  }

  private announce(payload: string): void {
    if (payload === this.awaited?.payload) return this.awaited.arrive();
    const separator = payload.indexOf(':');
    const id = payload.slice(separator + 1);
    for (const listener of this.listeners.get(payload.slice(0, separator)) ?? []) listener(id);
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.isProven = false;
    await client?.end().catch(() => undefined);
  }
}
