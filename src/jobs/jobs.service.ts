import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

export interface JobOptions {
  /** Of jobs with the same key only one waits: the latest. */
  key?: string;
  /** How often it is tried, 25 times unless it is said otherwise, with growing pauses in between. */
  maxAttempts?: number;
}

/** Leaves work to be done after the transaction, if and only if the transaction is committed. */
@Injectable()
export class JobsService {
  /**
   * Adds a job in the caller's transaction. Its handler is registered with `JobRunner.handle`, and may
   * be called more than once.
   */
  async add(
    tx: EntityManager,
    task: string,
    payload: Record<string, unknown>,
    { key, maxAttempts }: JobOptions = {},
  ): Promise<void> {
    await tx.query(
      'SELECT graphile_worker.add_job($1, $2::json, job_key => $3, max_attempts => $4)',
      [task, JSON.stringify(payload), key ?? null, maxAttempts ?? null],
    );
  }
}
