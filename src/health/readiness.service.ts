import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationShutdown,
} from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { GatehouseDataSource } from '../database/data-source.js';

const DATABASE_DEADLINE = 2_000;

/** Whether this instance should be sent requests. */
@Injectable()
export class ReadinessService implements BeforeApplicationShutdown, OnApplicationShutdown {
  /**
   * One connection apart from the pool of the requests. A busy pool must not take the instance out of service:
   * the next instance would get the same requests.
   */
  private readonly connection: pg.Pool;
  private answer: Promise<void> | undefined;
  private isShuttingDown = false;

  constructor(dataSource: DataSource) {
    this.connection = new pg.Pool({
      connectionString: (dataSource as GatehouseDataSource).url,
      max: 1,
      application_name: 'gatehouse readiness',
      connectionTimeoutMillis: DATABASE_DEADLINE,
      query_timeout: DATABASE_DEADLINE,
      idleTimeoutMillis: 0,
      keepAlive: true,
    });
    // The next request connects again; without a listener the process would end.
    this.connection.on('error', () => undefined);
  }

  beforeApplicationShutdown(): void {
    this.isShuttingDown = true;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.connection.end();
  }

  /** Throws `AppError` 503 while shutting down, or when the database does not answer in two seconds. */
  async assertReady(): Promise<void> {
    if (this.isShuttingDown) throw new AppError('service_unavailable');
    // All requests that come meanwhile share an answer: a flood of them queues nothing.
    this.answer ??= this.askDatabase().finally(() => (this.answer = undefined));
    try {
      await this.answer;
    } catch (cause) {
      throw new AppError('service_unavailable', { cause });
    }
  }

  private async askDatabase(): Promise<void> {
    const deadline = new AbortController();
    try {
      await Promise.race([
        this.connection.query('SELECT 1'),
        sleep(DATABASE_DEADLINE, undefined, { signal: deadline.signal }).then(() => {
          throw new Error(`The database did not answer within ${DATABASE_DEADLINE} ms.`);
        }),
      ]);
    } finally {
      deadline.abort();
    }
  }
}
