import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import type { Pool } from 'pg';

const LOOK_EVERY = 2_000;
/** A worker that lives has renewed the hold on its job at least once within this time. */
const GRACE = '5 seconds';

// As the library would do it after four hours. No connection has to be kept for it, which matters behind a pooler.
const RENEW_HOLDS = (schema: string) => `
  UPDATE ${schema}._private_jobs SET locked_at = now() WHERE locked_by = ANY($1)`;
const WORKERS_WITHOUT_PRESENCE = (schema: string) => `
  SELECT DISTINCT locked_by AS worker FROM ${schema}._private_jobs
  WHERE locked_by <> ALL($1) AND locked_at < now() - interval '${GRACE}'`;

/**
 * graphile-worker gives a job that a killed process held back after four hours. Here each worker renews the hold on
 * its job for as long as it lives. A worker that is found without twice in a row has died: its jobs are given back.
 * Once may be a database that was out of reach for all.
 */
export class WorkerPresence {
  /** To be given to the runner: from here we hear which workers there are. */
  readonly events = new EventEmitter() as WorkerEvents;
  private readonly workers = new Set<string>();
  private suspects = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    /** As SQL writes it. */
    private readonly schema: string,
    private readonly onTrouble: (error: Error) => void,
  ) {
    this.events.on('worker:create', ({ worker }) => this.workers.add(worker.workerId));
    this.events.on('worker:stop', ({ worker }) => this.workers.delete(worker.workerId));
  }

  /** Shows our workers and looks for dead ones, now and from now on. */
  async enter(): Promise<void> {
    this.timer = setInterval(() => this.look(), LOOK_EVERY);
    this.look();
    await this.looking;
  }

  async leave(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private look(): void {
    this.looking = this.looking.then(() => this.showAndTake()).catch(this.onTrouble);
  }

  private async showAndTake(): Promise<void> {
    const ours = [...this.workers];
    await this.pool.query(RENEW_HOLDS(this.schema), [ours]);
    const { rows } = await this.pool.query<{ worker: string }>(
      WORKERS_WITHOUT_PRESENCE(this.schema),
      [ours],
    );
    const missing = rows.map(({ worker }) => worker);
    const dead = missing.filter((worker) => this.suspects.has(worker));
    this.suspects = new Set(missing);
    if (dead.length > 0) {
      await this.pool.query(`SELECT ${this.schema}.force_unlock_workers($1)`, [dead]);
    }
  }
}
