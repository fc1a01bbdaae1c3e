import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { AppError } from '../common/app-error.js';
import { MONITOR_DEADLINE, MonitorConnection } from '../database/monitor-connection.js';

/** Whether this instance should be sent requests. */
@Injectable()
export class ReadinessService implements BeforeApplicationShutdown {
  private answer: Promise<void> | undefined;
  private isShuttingDown = false;

  constructor(private readonly monitor: MonitorConnection) {}

  beforeApplicationShutdown(): void {
    this.isShuttingDown = true;
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
        this.monitor.query('SELECT 1'),
        sleep(MONITOR_DEADLINE, undefined, { signal: deadline.signal }).then(() => {
          throw new Error(`The database did not answer within ${MONITOR_DEADLINE} ms.`);
        }),
      ]);
    } finally {
      deadline.abort();
    }
  }
}
