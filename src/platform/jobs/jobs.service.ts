import { Injectable } from '@nestjs/common';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import { jobsSchemaOf } from '../database/installation.js';
import type { JobName } from './job-names.js';

export interface JobOptions {
  /** Of jobs with the same key only one waits: the latest. */
  key?: string;
  /** How often it is tried, 25 times unless it is said otherwise, with growing pauses in between. */
  maxAttempts?: number | undefined;
}

/** Leaves work to be done after the transaction, if and only if the transaction is committed. */
@Injectable()
export class JobsService {
  /**
   * Adds a job in the caller's transaction. Its handler is registered with `JobRunner.handleJob`, and may
   * be called more than once.
   */
  async addJob(
    tx: EntityManager,
    task: JobName,
    payload: Record<string, unknown>,
    { key, maxAttempts }: JobOptions = {},
  ): Promise<void> {
    await this.addJobs(tx, task, [{ payload, key }], { maxAttempts });
  }

  /** As `addJob`, for many of a task at once. */
  async addJobs(
    tx: EntityManager,
    task: JobName,
    jobs: { payload: Record<string, unknown>; key?: string | undefined }[],
    { maxAttempts }: Pick<JobOptions, 'maxAttempts'> = {},
  ): Promise<void> {
    await tx.query(
      `SELECT ${pg.escapeIdentifier(jobsSchemaOf(tx.dataSource))}.add_job($1, payload::json, job_key => key, max_attempts => $2)
       FROM unnest($3::text[], $4::text[]) AS jobs (payload, key)`,
      [
        task,
        maxAttempts ?? null,
        jobs.map(({ payload }) => JSON.stringify(payload)),
        jobs.map(({ key }) => key ?? null),
      ],
    );
  }
}
