import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { AppError } from '../../http/app-error.js';
import { writingProblem } from '../database/database-state.js';
import { MONITOR_DEADLINE, MonitorConnection } from '../database/monitor-connection.js';

/** Its message is for the caller as well: it names no address and no data. */
class NotWritable extends Error {}

/** Whether this instance should be sent requests. */
@Injectable()
export class ReadinessService implements BeforeApplicationShutdown {
  private answer: Promise<void> | undefined;
  private isLeaving = false;

  constructor(private readonly monitor: MonitorConnection) {}

  /** Whether load balancers should send no more requests: each answer then closes its connection. */
  get isDraining(): boolean {
    return this.isLeaving;
  }

  /** From now on this instance is not ready, and serves what comes nevertheless. */
  drain(): void {
    this.isLeaving = true;
  }

  beforeApplicationShutdown(): void {
    this.drain();
  }

  /** Throws `AppError` 503 while shutting down, or when the database cannot be written or does not answer in time. */
  async assertReady(): Promise<void> {
    if (this.isLeaving) throw new AppError('service_unavailable');
    // All requests that come meanwhile share an answer: a flood of them queues nothing.
    this.answer ??= this.askDatabase().finally(() => (this.answer = undefined));
    try {
      await this.answer;
    } catch (cause) {
      const detail = cause instanceof NotWritable ? cause.message : undefined;
      throw new AppError('service_unavailable', { cause, ...(detail !== undefined && { detail }) });
    }
  }

  /** A standby after a failover, or a server that was made read-only as its disk is full, can serve no sign-in. */
  private async assertWritable(): Promise<void> {
    const [state] = await this.monitor.query<Parameters<typeof writingProblem>[0]>(
      `SELECT pg_is_in_recovery() AS "isStandby", current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
    );
    const problem = writingProblem(state!);
    if (problem !== undefined) throw new NotWritable(`The database cannot be written: ${problem}.`);
  }

  private async askDatabase(): Promise<void> {
    const deadline = new AbortController();
    try {
      await Promise.race([
        this.assertWritable(),
        sleep(MONITOR_DEADLINE, undefined, { signal: deadline.signal }).then(() => {
          throw new Error(`The database did not answer within ${MONITOR_DEADLINE} ms.`);
        }),
      ]);
    } finally {
      deadline.abort();
    }
  }
}
