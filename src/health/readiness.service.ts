import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';

const DATABASE_DEADLINE = 2_000;

/** Whether this instance should be sent requests. */
@Injectable()
export class ReadinessService implements BeforeApplicationShutdown {
  private isShuttingDown = false;

  constructor(private readonly dataSource: DataSource) {}

  beforeApplicationShutdown(): void {
    this.isShuttingDown = true;
  }

  /** Throws `AppError` 503 while shutting down, or when the database does not answer in two seconds. */
  async assertReady(): Promise<void> {
    if (this.isShuttingDown) throw new AppError('service_unavailable');
    const deadline = new AbortController();
    try {
      await Promise.race([
        this.dataSource.query('SELECT 1'),
        sleep(DATABASE_DEADLINE, undefined, { signal: deadline.signal }).then(() => {
          throw new Error(`The database did not answer within ${DATABASE_DEADLINE} ms.`);
        }),
      ]);
    } catch (cause) {
      throw new AppError('service_unavailable', { cause });
    } finally {
      deadline.abort();
    }
  }
}
