import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import { EMBEDDED_LOCKS } from '../advisory-locks.js';
import { binariesFor, type Binaries } from './binaries.js';
import { openCluster, type Cluster } from './cluster.js';
import { EmbeddedPostgresError, embeddedError } from './errors.js';
import { connectToServer, stopServer, urlOf } from './server.js';
import { postgresUser } from './system-user.js';

const DATABASE = 'gatehouse';
const { server: SERVER, inUse: IN_USE, serving: SERVING } = EMBEDDED_LOCKS;
const OPEN_ATTEMPTS = 100;
// PostgreSQL frees the locks of a killed process when it notices the closed connection.
const SERVING_ATTEMPTS = 20;
const RETRY_AFTER = 100;

/** Servers that were opened before anybody asked for them, by data folder. */
const ahead = new Map<string, Promise<EmbeddedPostgres>>();

/**
 * A real PostgreSQL that belongs to one data folder, shared by the processes that use that folder
 * (the application, its command line) and stopped by the last of them. Who uses it is known by
 * session-level advisory locks, which PostgreSQL frees by itself when their holder dies: there is
 * no lock file that could outlive a kill.
 */
export class EmbeddedPostgres {
  private readonly logger = new Logger('EmbeddedPostgres');
  private isClosing = false;
  private retaking: Promise<void> | undefined;

  private constructor(
    private readonly cluster: Cluster,
    private readonly binaries: Binaries,
    private readonly exclusive: boolean,
    private lease: pg.Client,
  ) {
    this.watch();
  }

  /**
   * Starts the server of `dataDir`, or joins the running one.
   * With `exclusive`, throws `EmbeddedPostgresError` when another process has asked for that too.
   */
  static async open(dataDir: string, exclusive: boolean): Promise<EmbeddedPostgres> {
    const opened = exclusive ? ahead.get(dataDir) : undefined;
    if (!opened) return EmbeddedPostgres.openNow(dataDir, exclusive);
    ahead.delete(dataDir);
    return opened;
  }

  /**
   * Begins with what `open` does for an exclusive user, who then need not wait for it. Returns what leaves the
   * server again if nobody has asked for it by then.
   */
  static openAhead(dataDir: string): () => Promise<void> {
    const opening = EmbeddedPostgres.openNow(dataDir, true);
    // Whoever asks for it hears why it failed.
    opening.catch(() => undefined);
    ahead.set(dataDir, opening);
    return async () => {
      if (!ahead.delete(dataDir)) return;
      const server = await opening.catch(() => undefined);
      await server?.close();
    };
  }

  private static async openNow(dataDir: string, exclusive: boolean): Promise<EmbeddedPostgres> {
    try {
      return await EmbeddedPostgres.start(dataDir, exclusive);
    } catch (error) {
      throw embeddedError(error, dataDir);
    }
  }

  private static async start(dataDir: string, exclusive: boolean): Promise<EmbeddedPostgres> {
    const user = await postgresUser();
    const binaries = await binariesFor(user);
    const cluster = await openCluster(dataDir, binaries, user);
    const lease = await takeLease(cluster, binaries);
    const postgres = new EmbeddedPostgres(cluster, binaries, exclusive, lease);
    try {
      if (exclusive && !(await tryLock(lease, SERVING, SERVING_ATTEMPTS))) {
        throw new EmbeddedPostgresError(
          `Another Gatehouse is already running on ${dataDir}. Stop it, or set DATA_DIR to another folder.`,
        );
      }
      await createDatabase(lease);
      return postgres;
    } catch (error) {
      await postgres.close();
      throw error;
    }
  }

  /** The connection URL of the application's database. */
  get url(): string {
    return urlOf(this.cluster, this.lease.port, DATABASE);
  }

  /** The file that holds the password of its superuser. */
  get passwordFile(): string {
    return this.cluster.passwordFile;
  }

  /** Leaves the server, and stops it if nobody else uses it. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.retaking;
    const isLast = await this.lease
      .query('SELECT pg_advisory_unlock_shared($1, $2)', [SERVER, IN_USE])
      .then(() => tryLock(this.lease, IN_USE, 1))
      // The server is gone already, so there is nothing left to stop.
      .catch(() => false);
    if (isLast) await stopServer(this.cluster, this.binaries);
    await this.lease.end().catch(() => undefined);
  }

  /** The locks go with their connection; without them another process would think that nobody is here. */
  private watch(): void {
    this.lease.once('end', () => {
      if (!this.isClosing) this.retaking = this.retake();
    });
  }

  /** Takes the locks again, starting the server again on its old port if it has ended. */
  private async retake(): Promise<void> {
    try {
      this.lease = await takeLease(this.cluster, this.binaries, this.lease.port);
      this.watch();
      if (!this.exclusive || (await tryLock(this.lease, SERVING, SERVING_ATTEMPTS))) return;
      this.logger.fatal('Another Gatehouse has taken over this data folder. Stopping.');
    } catch (error) {
      this.logger.fatal('The embedded PostgreSQL is lost. Stopping.', error);
    }
    process.kill(process.pid, 'SIGTERM');
  }
}

async function takeLease(
  cluster: Cluster,
  binaries: Binaries,
  preferredPort?: number,
): Promise<pg.Client> {
  for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
    const client = await connectToServer(cluster, binaries, preferredPort);
    try {
      const { rows } = await client.query<{ ok: boolean }>(
        'SELECT pg_try_advisory_lock_shared($1, $2) AS ok',
        [SERVER, IN_USE],
      );
      if (rows[0]!.ok) return client;
    } catch {
      // The last user is stopping the server right now; the next round starts it again.
    }
    await client.end().catch(() => undefined);
    await sleep(RETRY_AFTER);
  }
  throw new EmbeddedPostgresError(`The embedded PostgreSQL in ${cluster.home} is busy stopping.`);
}

async function tryLock(client: pg.Client, key: number, attempts: number): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ ok: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS ok',
      [SERVER, key],
    );
    if (rows[0]!.ok) return true;
    if (attempt >= attempts) return false;
    await sleep(RETRY_AFTER);
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount) return;
  await client.query(`CREATE DATABASE ${DATABASE}`).catch((error: { code?: string }) => {
    // 42P04, 23505: somebody else has just created it.
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}
