import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Logger as WorkerLogger, run, type Runner, type Task } from 'graphile-worker';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { connectionBudget } from '../config/connection-budget.js';
import { lockOfText } from '../database/advisory-locks.js';
import { GatehouseDataSource } from '../database/data-source.js';
import { DeadlineClient } from '../database/deadline-client.js';
import { deleteOld } from '../database/delete-old.js';
import { jobsSchemaOf } from '../database/installation.js';
import { adoptJobs } from './adopt-jobs.js';
import { FinishedJob } from './finished-job.entity.js';
import type { Job } from './define-jobs.js';
import { type AnyJob, type JobName, nameOf } from './job-names.js';
import { WorkerPresence } from './worker-presence.js';

const POLL_EVERY = 1_000;
const START_AGAIN_AFTER = 2_000;
const MINUTE = 60_000;
const CONNECT_TIMEOUT = 5_000;

/**
 * Does the jobs that `JobsService` added: in the application's process, and in any number of others
 * (`npx gatehouse worker`). What a process was doing when it was killed is done again by another one.
 */
@Injectable()
export class JobRunner implements OnApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly tasks: Record<string, Task> = Object.create(null) as Record<string, Task>;
  private readonly repeated: { task: string; minute: number | undefined }[] = [];
  private readonly closing = new AbortController();
  private pool: pg.Pool | undefined;
  private presence: WorkerPresence | undefined;
  private runner: Runner | undefined;
  private loop: Promise<void> | undefined;
  private clock: Promise<void> | undefined;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly config: AppConfig,
  ) {}

  /**
   * Registers the handler of a job, in `onModuleInit`. A job that throws is tried again, with growing pauses, up to 25 times:
   * the handler may be called more than once for one job. Throws when the job has a handler.
   * @example
   * ```ts
   * onModuleInit(): void {
   *   this.runner.handleJob(ARTICLE_JOBS.announce, ({ articleId }) => this.announce(articleId));
   * }
   * ```
   */
  handleJob<Payload extends object>(
    job: Job<Payload>,
    handler: (payload: Payload) => Promise<void>,
  ): void;
  /** @internal */
  handleJob(job: JobName, handler: (payload: never) => Promise<void>): void;
  handleJob(job: AnyJob, handler: (payload: never) => Promise<void>): void {
    this.register(job, async (payload) => handler(payload as never));
  }

  /**
   * As `handleJob`, for work that is a change of the database and nothing else: it is done exactly once, in
   * a transaction that also records that it was done.
   */
  handleJobOnce<Payload extends object>(
    job: Job<Payload>,
    handler: (tx: EntityManager, payload: Payload) => Promise<void>,
  ): void;
  /** @internal */
  handleJobOnce(job: JobName, handler: (tx: EntityManager, payload: never) => Promise<void>): void;
  handleJobOnce(name: AnyJob, handler: (tx: EntityManager, payload: never) => Promise<void>): void {
    this.register(name, async (payload, { job }) =>
      this.dataSource.transaction(async (tx) => {
        const { raw } = await tx
          .createQueryBuilder()
          .insert()
          .into(FinishedJob)
          .values({ jobId: job.id, finishedAt: () => 'now()' })
          .orIgnore()
          .returning('job_id')
          .execute();
        if ((raw as object[]).length > 0) await handler(tx, payload as never);
      }),
    );
  }

  /**
   * Adds a job without a payload every hour at that minute of UTC (0 to 59), or every minute, unless one waits or is being
   * done. Two processes may do it one after the other: the second has to find nothing left to do.
   */
  repeatJob(job: Job<object>, when?: { minute?: number }): void;
  /** @internal */
  repeatJob(job: JobName, when?: { minute?: number }): void;
  repeatJob(job: AnyJob, { minute }: { minute?: number } = {}): void {
    this.repeated.push({ task: nameOf(job), minute });
  }

  /**
   * Whether a job of this name has a handler.
   * @internal
   */
  hasHandler(name: string): boolean {
    return name in this.tasks;
  }

  /**
   * Forgets which jobs were finished 30 days ago, and those that failed for good before that.
   * @internal
   */
  async purge(): Promise<void> {
    await this.dataSource.query(
      `SELECT ${this.schema}.complete_jobs(array_agg(id)) FROM ${this.schema}.jobs
       WHERE attempts >= max_attempts AND locked_at IS NULL AND updated_at < now() - interval '30 days'
       HAVING count(*) > 0`,
    );
    await deleteOld(this.dataSource, 'finished_jobs', `finished_at <= now() - interval '30 days'`);
  }

  /**
   * Does `work` unless another process does work of that name. Only to be called by a handler. The lock takes a
   * connection of the jobs, not one of the requests, so it may be held while others are waited for.
   */
  async runExclusively(name: string, work: () => Promise<void>): Promise<void> {
    const lock = await this.pool!.connect();
    let failure: Error | undefined;
    // What breaks while it is held is noticed at its end; without a listener the process would end.
    const note = (error: Error) => (failure = error);
    lock.on('error', note);
    try {
      // A lock of the session would stay behind on a connection of a pooler.
      const results = (await lock.query(
        `BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0;
         SELECT pg_try_advisory_xact_lock(${lockOfText('job', pg.escapeLiteral(name))}) AS "isOurs"`,
      )) as unknown as pg.QueryResult<{ isOurs: boolean }>[];
      if (!results.at(-1)!.rows[0]!.isOurs) throw new Error('another process is at it');
      await work();
    } finally {
      await lock.query('ROLLBACK').catch(note);
      lock.off('error', note).release(failure);
    }
  }

  /** @internal */
  async start(): Promise<void> {
    const { directAddress } = this.dataSource;
    this.pool = new pg.Pool({
      ...directAddress.poolOptions('gatehouse jobs'),
      max: connectionBudget(this.config).jobs,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      // A job would hang for ever on a network that goes silent.
      Client: DeadlineClient,
    });
    // The library connects again; without a listener the process would end.
    this.pool.on('error', () => undefined);
    this.presence = new WorkerPresence(this.pool, this.schema, ({ message }) =>
      this.logger.warn(message),
    );
    await this.presence.enter();
    await this.adopt();
    this.runner = await this.run();
    this.loop = this.keepRunning();
    this.clock = this.keepRepeating();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    await this.runner?.stop().catch(() => undefined);
    await this.loop;
    await this.clock;
    await this.presence?.leave();
    await this.pool?.end();
  }

  private register(job: AnyJob, task: Task): void {
    const name = nameOf(job);
    if (this.hasHandler(name)) throw new Error(`The job ${name} has two handlers.`);
    this.tasks[name] = task;
  }

  private async run(): Promise<Runner> {
    return run({
      pgPool: this.pool!,
      schema: jobsSchemaOf(this.dataSource),
      taskList: this.tasks,
      // Its own clock ends the process when the database is starting up; ours waits for the next minute.
      parsedCronItems: [],
      concurrency: connectionBudget(this.config).jobsAtOnce,
      pollInterval: POLL_EVERY,
      noHandleSignals: true,
      noPreparedStatements: !this.dataSource.directAddress.keepsSessions,
      events: this.presence!.events,
      logger: new WorkerLogger(() => (level, message) => {
        if ((level as string) === 'error' && !this.closing.signal.aborted)
          this.logger.warn(message);
      }),
    });
  }

  /** As SQL writes it. */
  private get schema(): string {
    return pg.escapeIdentifier(jobsSchemaOf(this.dataSource));
  }

  /** Instances of an earlier version may still run and leave some. */
  private async adopt(): Promise<void> {
    await adoptJobs(this.dataSource, Object.keys(this.tasks)).catch(({ message }: Error) => {
      this.logger.warn(`The jobs of the earlier version were not taken over: ${message}`);
    });
  }

  private async keepRepeating(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await sleep(MINUTE - (Date.now() % MINUTE), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.adopt();
      const now = new Date().getUTCMinutes();
      const due = this.repeated.filter(({ minute }) => minute === undefined || minute === now);
      for (const { task } of due) {
        const add = `SELECT ${this.schema}.add_job($1, job_key => $1, job_key_mode => 'unsafe_dedupe')`;
        await this.dataSource.query(add, [task]).catch(({ message }: Error) => {
          this.logger.warn(`${task} was not added: ${message}`);
        });
      }
    }
  }

  /** The library gives up after some failures in a row, as when the database restarts; we do not. */
  private async keepRunning(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await this.runner?.promise.catch(() => undefined);
      this.runner = undefined;
      await sleep(START_AGAIN_AFTER, undefined, { signal: this.closing.signal }).catch(
        () => undefined,
      );
      if (this.closing.signal.aborted) return;
      this.runner = await this.run().catch(({ message }: Error) => {
        this.logger.warn(`The jobs are not being done: ${message}`);
        return undefined;
      });
      // Told to stop while it was starting.
      if (this.closing.signal.aborted) await this.runner?.stop().catch(() => undefined);
    }
  }
}
