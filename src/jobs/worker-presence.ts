import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import pg from 'pg';

const LOOK_EVERY = 3_000;
const CONNECT_TIMEOUT = 5_000;
/** A worker that has just taken its first job may not have shown its presence yet. */
const GRACE = '3 seconds';

const WORKERS_WITHOUT_PRESENCE = `
  SELECT locked_by AS worker
  FROM (SELECT DISTINCT locked_by FROM graphile_worker.jobs
        WHERE locked_by <> ALL($1) AND locked_at < now() - interval '${GRACE}') AS others
  WHERE pg_try_advisory_xact_lock(hashtextextended(locked_by, 0))`;

/**
 * graphile-worker gives a job that a killed process held back after four hours. Here each worker holds an
 * advisory lock for as long as it lives, and whose lock is found free twice in a row has died: its jobs are
 * given back within seconds. Once may be a connection that was lost and is being made again.
 */
export class WorkerPresence {
  /** To be given to the runner: from here we hear which workers there are. */
  readonly events = new EventEmitter() as WorkerEvents;
  private readonly workers = new Set<string>();
  private readonly shown = new Set<string>();
  private suspects = new Set<string>();
  private isLeaving = false;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly url: string,
    private readonly onTrouble: (error: Error) => void,
  ) {
    this.events.on('worker:create', ({ worker }) => {
      this.workers.add(worker.workerId);
      this.look();
    });
    this.events.on('worker:stop', ({ worker }) => this.workers.delete(worker.workerId));
  }

  /** Shows our workers and looks for dead ones, now and from now on. */
  async enter(): Promise<void> {
    this.timer = setInterval(() => this.look(), LOOK_EVERY);
    this.look();
    await this.looking;
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    clearInterval(this.timer);
    await this.looking;
    await this.client?.end().catch(() => undefined);
  }

  private look(): void {
    this.looking = this.looking.then(() => this.showAndTake()).catch(this.onTrouble);
  }

  private async showAndTake(): Promise<void> {
    const client = this.client ?? (await this.connect());
    for (const worker of this.workers) {
      if (this.shown.has(worker)) continue;
      await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [worker]);
      this.shown.add(worker);
    }
    const { rows } = await client.query<{ worker: string }>(WORKERS_WITHOUT_PRESENCE, [
      [...this.workers],
    ]);
    const missing = rows.map(({ worker }) => worker);
    const dead = missing.filter((worker) => this.suspects.has(worker));
    this.suspects = new Set(missing);
    if (dead.length > 0) {
      await client.query('SELECT graphile_worker.force_unlock_workers($1)', [dead]);
    }
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'gatehouse workers',
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      query_timeout: LOOK_EVERY,
    });
    const forget = () => {
      if (this.client !== client) return;
      this.client = undefined;
      this.shown.clear();
      if (!this.isLeaving) this.look();
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    this.client = client;
    return client;
  }
}
