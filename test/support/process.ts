import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect } from '@jest/globals';
import { PASSWORD } from './accounts.js';
import { TEST_SECRET, testVariables } from './app.js';
import { HttpClient } from './http.js';

export const ROOT = join(import.meta.dirname, '../..');
const DEADLINE = 25_000;

/** The built application, or a command of it, in a process of its own. */
export interface TestProcess {
  child: ChildProcess;
  /** Everything it has printed. */
  output: () => string;
  /** Its exit code, or the name of the signal that ended it. */
  exited: Promise<number | string>;
}

/** A running application in a process of its own. */
export interface TestServer extends TestProcess {
  http: HttpClient;
  stop: (signal?: NodeJS.Signals) => Promise<number | string>;
}

const children = new Set<ChildProcess>();

/** What processes of this file have printed. */
const outputs: (() => string)[] = [];

/** Has the end of the file look for secrets in what a process prints. */
export function watch(output: () => string): void {
  outputs.push(output);
}

// What a failed test left running must not keep the run from ending.
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** What is never printed, by whatever process of whatever test (ASVS 16.2.5). */
const SECRETS = [
  TEST_SECRET,
  PASSWORD,
  'a brand new passphrase',
  new URL(process.env.TEST_DATABASE_URL!).password,
  /\$2[aby]\$\d\d\$/,
  /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\./,
];

afterAll(() => {
  for (const output of outputs) {
    for (const secret of SECRETS) expect(output()).not.toMatch(secret);
  }
});

/** Where a program is, in the folder of a product or of this repository. */
export const PROGRAMS = {
  main: 'dist/src/main.js',
  cli: 'dist/src/cli.js',
  bin: 'node_modules/gatehouse/dist/src/bin.js',
};

/** Runs a built program with exactly these variables; in the folder `cwd`, which is this project if not given. */
export function run(
  program: keyof typeof PROGRAMS,
  args: string[],
  variables: Record<string, string>,
  { cwd = ROOT, ...options }: Omit<SpawnOptions, 'cwd'> & { cwd?: string } = {},
): TestProcess {
  const file = join(cwd, PROGRAMS[program]);
  const child = spawn(process.execPath, [file, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', ...variables },
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  let output = '';
  watch(() => output);
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'close').then(
    ([code, signal]) => (code as number | null) ?? (signal as string),
  );
  return { child, output: () => output, exited };
}

/** Starts the application and waits until it is ready. Throws with its output when it ends before. */
export async function startServer(
  variables: Record<string, string>,
  options?: Parameters<typeof run>[3],
): Promise<TestServer> {
  const port = variables.PORT ?? String(await freePort());
  const server = run('main', [], { ...variables, PORT: port }, options);
  const http = new HttpClient(`http://127.0.0.1:${port}`);
  let hasEnded = false;
  void server.exited.then(() => (hasEnded = true));
  const deadline = Date.now() + DEADLINE;
  while (Date.now() < deadline && !hasEnded) {
    const ready = await http.get('/health/ready').catch(() => undefined);
    if (ready?.status === 200) {
      return { ...server, http, stop: (signal) => stop(server, signal) };
    }
    await sleep(50);
  }
  server.child.kill('SIGKILL');
  throw new Error(`the application did not become ready:\n${server.output()}`);
}

/** Another instance of the application on the database of a test. */
export async function startInstance(
  databaseUrl: string,
  variables: Record<string, string> = {},
): Promise<TestServer> {
  return startServer({ ...testVariables(databaseUrl), ...variables });
}

/** Waits until `check` holds. For what arrives on its own, and soon. */
export async function eventually(
  check: () => Promise<boolean> | boolean,
  what: string,
  milliseconds = DEADLINE,
) {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    if (await check()) return;
    await sleep(20);
  }
  throw new Error(`it never happened: ${what}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function stop(server: TestProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
  server.child.kill(signal);
  return server.exited;
}
