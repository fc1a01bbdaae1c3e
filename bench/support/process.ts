import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../../..');
const READY_WITHIN = 60_000;

/** A server in a process of its own. */
export interface ServerProcess {
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs Node with these words and variables, in the root. Its log goes where a log costs a write. */
export function spawnNode(words: string[], variables: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, words, {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, ...variables },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Starts a server on a free port of the loopback interface and waits until `path` answers. */
export async function startServer(
  words: string[],
  path: string,
  variables: Record<string, string>,
): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawnNode(words, { ...variables, PORT: `${port}` });
  const exited = once(child, 'exit');
  await answers(url + path, child);
  return {
    url,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Waits for a success. Throws when the process ends before, or takes too long. */
export async function answers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN;
  while (child.exitCode === null && Date.now() < deadline) {
    const isOk = await fetch(url).then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    );
    if (isOk) return;
    await sleep(5);
  }
  throw new Error(`${url} never answered`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
