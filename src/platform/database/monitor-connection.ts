import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { GatehouseDataSource } from './data-source.js';

/** The longest that an answer on this connection is waited for, in milliseconds. */
export const MONITOR_DEADLINE = 2_000;

/**
 * One connection that takes the way of the requests' transactions, apart from their pool. Readiness and the heartbeat
 * of the change feed use it: a busy pool must neither take the instance out of service nor make it read more.
 */
@Injectable()
export class MonitorConnection implements OnApplicationShutdown {
  private readonly pool: pg.Pool;

  constructor(dataSource: GatehouseDataSource) {
    this.pool = new pg.Pool({
      ...dataSource.address.poolOptions('gatehouse monitor'),
      max: 1,
      connectionTimeoutMillis: MONITOR_DEADLINE,
      query_timeout: MONITOR_DEADLINE,
      idleTimeoutMillis: 0,
      // A setting that was changed for the database or the role counts for new connections.
      maxLifetimeSeconds: 10,
    });
    // The next statement connects again; without a listener the process would end.
    this.pool.on('error', () => undefined);
  }

  /** Runs a statement; returns its rows. Throws what the driver throws, also when no answer comes in time. */
  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
