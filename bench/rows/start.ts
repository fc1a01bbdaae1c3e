import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, freePort } from '../support/process.js';
import { alone, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

const AT_REST_AFTER = 10_000;
const MEGABYTE = 1_000_000;

/** `npm start` as who tries it out has it, with the embedded PostgreSQL, from the second time on. */
export async function start(): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-start-'));
  await chmod(folder, 0o711);
  const memory: number[] = [];
  const { started } = await interleave({
    started: async () => {
      const { milliseconds, bytes } = await startOnce(folder);
      memory.push(bytes / MEGABYTE);
      return milliseconds;
    },
  });
  await rm(folder, { recursive: true, force: true });
  // The first start makes the database.
  const [, ...rounds] = memory;
  const rest = { median: rounds.toSorted((a, b) => a - b)[1]!, rounds };
  return {
    name: 'start',
    rows: [
      alone(row('npm start to ready', 'ms', started), { atMost: 2_500 }),
      alone(row('resident memory of the Node process at rest', 'MB', rest), { atMost: 150 }),
    ],
    notes: [`Memory ${AT_REST_AFTER / 1000} s after the start, before the first request.`],
  };
}

async function startOnce(folder: string): Promise<{ milliseconds: number; bytes: number }> {
  const port = await freePort();
  const begun = performance.now();
  const npm = spawn('npm', ['start'], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: folder, DATA_DIR: folder, PORT: `${port}` },
    detached: true,
  });
  const exited = once(npm, 'exit');
  await answers(`http://127.0.0.1:${port}/health/ready`, npm);
  const milliseconds = performance.now() - begun;
  await sleep(AT_REST_AFTER);
  const server = await serverBelow(npm.pid!);
  const bytes = await residentBytes(server);
  process.kill(server, 'SIGTERM');
  await exited;
  return { milliseconds, bytes };
}

/** npm runs a shell, which becomes the server. */
async function serverBelow(npm: number): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === npm) return Number(pid);
  }
  throw new Error('the server was not found');
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}
