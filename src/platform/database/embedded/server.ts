import { readFile, realpath, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Binaries } from './binaries.js';
import { SUPERUSER, type Cluster } from './cluster.js';
import { EmbeddedPostgresError } from './errors.js';
import { run } from './run.js';

const MAINTENANCE_DATABASE = 'postgres';
const CONNECT_TIMEOUT = 2_000;
const RETRY_AFTER = 100;
const MAX_FAILED_STARTS = 5;
const START_DEADLINE = 60_000;

/** Beyond what any system counts to. */
const NUMBER_OF_NO_PROCESS = 99_999_999;

// 57P03: starting up, shutting down or recovering. Anything else means: that is not our server.
const NOT_NOW = '57P03';

/**
 * Connects to the cluster's server, starting it if it does not run, on `preferredPort` or any free one.
 * A server that an earlier process left behind is used as it is. PostgreSQL itself guarantees that no
 * second server runs on one folder.
 */
export async function connectToServer(
  cluster: Cluster,
  binaries: Binaries,
  preferredPort?: number,
): Promise<pg.Client> {
  const deadline = Date.now() + START_DEADLINE;
  let failedStarts = 0;
  while (Date.now() < deadline) {
    const port = await runningPort(cluster);
    const answer = port === undefined ? 'absent' : await connect(cluster, port);
    if (answer instanceof pg.Client) return answer;
    if (answer === 'not now') {
      await sleep(RETRY_AFTER);
    } else if (!(await start(cluster, binaries, preferredPort ?? (await freePort())))) {
      await disownPidFile(cluster);
      if (++failedStarts >= MAX_FAILED_STARTS) break;
      await sleep(RETRY_AFTER);
    }
  }
  const log = await readFile(cluster.log, 'utf8').catch(() => '');
  const reason = log.split('\n').findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? 'unknown';
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL does not start: ${reason.trim()}. Its log is ${cluster.log}.`,
  );
}

/** Stops the server after its running transactions were rolled back; returns when it is gone. */
export async function stopServer(cluster: Cluster, binaries: Binaries): Promise<void> {
  await run(
    binaries.pgCtl,
    ['stop', '-D', cluster.pgdata, '-m', 'fast', '-w', '-t', '60', '-s'],
    cluster.user,
  );
}

/** Detached from our process, so that the signal of a terminal does not stop it under our feet. */
async function start(cluster: Cluster, binaries: Binaries, port: number): Promise<boolean> {
  const options = `-p ${port}`;
  try {
    await run(
      binaries.pgCtl,
      ['start', '-D', cluster.pgdata, '-l', cluster.log, '-o', options, '-w', '-t', '60', '-s'],
      cluster.user,
    );
    return true;
  } catch {
    return false;
  }
}

async function connect(
  cluster: Cluster,
  port: number,
): Promise<pg.Client | 'not now' | 'not ours'> {
  const client = new pg.Client({
    connectionString: urlOf(cluster, port, MAINTENANCE_DATABASE),
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
  });
  // Without a listener, a connection that breaks later would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    if ((await realpath(rows[0]!.data_directory)) === cluster.pgdata) return client;
  } catch (error) {
    if ((error as { code?: string }).code === NOT_NOW) return 'not now';
  }
  await client.end().catch(() => undefined);
  return 'not ours';
}

/**
 * PostgreSQL takes any process with the number of a killed server for that server, also another program
 * that got the number since, and the dead one itself until its parent has noticed, and will not start.
 * Where it clearly is not a server that runs, the file is given a number that no process has. The rest
 * of it stays: by it PostgreSQL sees whether orphans of the old server still hold its memory.
 */
async function disownPidFile(cluster: Cluster): Promise<void> {
  const file = join(cluster.pgdata, 'postmaster.pid');
  const [pid, ...rest] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  if (Number(pid) > 0 && (await isNoServer(Number(pid)))) {
    await writeFile(file, [NUMBER_OF_NO_PROCESS, ...rest].join('\n'));
  }
}

/** False whenever in doubt. */
async function isNoServer(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  if (/^State:\s+Z/m.test(status)) return true;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    .catch(() => run('ps', ['-o', 'command=', '-p', String(pid)]))
    .catch(() => '');
  return command !== '' && !command.includes('postgres');
}

/** The port in `postmaster.pid` (line 4), which may be stale: only a connection proves it. */
async function runningPort(cluster: Cluster): Promise<number | undefined> {
  const file = await readFile(join(cluster.pgdata, 'postmaster.pid'), 'utf8').catch(() => '');
  return Number(file.split('\n')[3]) || undefined;
}

export function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
