import { Injectable } from '@nestjs/common';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import { jobsSchemaOf } from '../database/installation.js';
import type { Job } from './define-jobs.js';
import { type AnyJob, type JobName, nameOf } from './job-names.js';

/** How a job is added. */
export interface JobOptions {
  /** Of jobs with the same key only one waits: the latest. */
  key?: string;
  /** How often it is tried, 25 times unless it is said otherwise, with growing pauses in between. */
  maxAttempts?: number | undefined;
  /** Jobs of the same queue are done one after the other, in the order in which they were added. */
  queue?: string | undefined;
}

/** A job of many that are added at once. */
export interface JobToAdd<Payload extends object> {
  payload: Payload;
  key?: string | undefined;
}

/** Leaves work to be done after the transaction, if and only if the transaction is committed. */
@Injectable()
export class JobsService {
  /**
   * Adds a job in the caller's transaction. Its handler is registered with `JobRunner.handleJob`, and may
   * be called more than once.
   * @example
   * ```ts
   * await this.dataSource.transaction(async (tx) => {
   *   const article = await tx.save(draft);
   *   await this.jobs.addJob(tx, ARTICLE_JOBS.announce, { articleId: article.id });
   * });
   * ```
   */
  async addJob<Payload extends object>(
    tx: EntityManager,
    job: Job<Payload>,
    payload: Payload,
    options?: JobOptions,
  ): Promise<void>;
  /** @internal */
  async addJob(
    tx: EntityManager,
    job: JobName,
    payload: object,
    options?: JobOptions,
  ): Promise<void>;
  async addJob(
    tx: EntityManager,
    job: AnyJob,
    payload: object,
    { key, ...options }: JobOptions = {},
  ): Promise<void> {
    await this.addEach(tx, job, [{ payload, key }], options);
  }

  /** As `addJob`, for many of one job at once. */
  async addJobs<Payload extends object>(
    tx: EntityManager,
    job: Job<Payload>,
    jobs: JobToAdd<Payload>[],
    options?: Omit<JobOptions, 'key'>,
  ): Promise<void>;
  /** @internal */
  async addJobs(
    tx: EntityManager,
    job: JobName,
    jobs: JobToAdd<object>[],
    options?: Omit<JobOptions, 'key'>,
  ): Promise<void>;
  async addJobs(
    tx: EntityManager,
    job: AnyJob,
    jobs: JobToAdd<object>[],
    options: Omit<JobOptions, 'key'> = {},
  ): Promise<void> {
    await this.addEach(tx, job, jobs, options);
  }

  private async addEach(
    tx: EntityManager,
    job: AnyJob,
    jobs: JobToAdd<object>[],
    { maxAttempts, queue }: Omit<JobOptions, 'key'>,
  ): Promise<void> {
    await tx.query(
      `SELECT ${pg.escapeIdentifier(jobsSchemaOf(tx.dataSource))}.add_job($1, payload::json, job_key => key, max_attempts => $2, queue_name => $3)
       FROM unnest($4::text[], $5::text[]) AS jobs (payload, key)`,
      [
        nameOf(job),
        maxAttempts ?? null,
        queue ?? null,
        jobs.map(({ payload }) => JSON.stringify(payload)),
        jobs.map(({ key }) => key ?? null),
      ],
    );
  }
}
