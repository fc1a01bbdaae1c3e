import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { chown, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { newUsername, register, signIn } from '../support/accounts.js';
import { commandLine } from '../support/command-line.js';
import { eventually, ROOT, run, startServer, type TestServer } from '../support/process.js';

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const isOpenToNobody = isRoot && canEnter(ROOT);

/** A data folder, cleaned up with the server that may still run on it. */
interface DataFolder {
  path: string;
  variables: Record<string, string>;
  /** The process id of its PostgreSQL, which may be stale. */
  pid: () => number;
}

const folders: DataFolder[] = [];

function newDataFolder(parentMode = 0o755): DataFolder {
  const parent = mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
  chmodSync(parent, parentMode);
  const path = join(parent, 'data');
  const folder = {
    path,
    variables: { DATA_DIR: path, BCRYPT_COST: '4' },
    pid: () =>
      Number(readFileSync(join(path, 'postgres/pgdata/postmaster.pid'), 'utf8').split('\n')[0]),
  };
  folders.push(folder);
  return folder;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended; only its parent has not looked yet.
    const status = process.platform === 'linux' ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
    return !/^State:\s+Z/m.test(status);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function canEnter(folder: string): boolean {
  try {
    execFileSync('test', ['-x', folder], { ...NOBODY, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

function removeFolders(): void {
  for (const { path, pid } of folders.splice(0)) {
    try {
      process.kill(pid(), 'SIGKILL');
    } catch {
      // It is stopped, as it should be.
    }
    try {
      rmSync(realpathSync(join(path, 'postgres')), { recursive: true, force: true });
    } catch {
      // It was never made.
    }
    rmSync(join(path, '..'), { recursive: true, force: true });
  }
}

const surviving = async (server: TestServer, username: string) => {
  expect((await signIn(server.http, username)).user.username).toBe(username);
};

// Each test takes the folder, and what runs on it, as the one before has left it.
describe('the embedded PostgreSQL of one data folder', () => {
  let data: DataFolder;
  let server: TestServer;
  let username: string;
  const cli = commandLine();
  beforeAll(() => {
    data = newDataFolder();
  });
  afterAll(removeFolders);

  const keys = async (command: string) => {
    const result = await cli(['keys', command], data.variables);
    expect(result).toMatchObject({ code: 0 });
    return result.output;
  };

  it('is there for the command line before the application has run', async () => {
    expect((await cli(['migrate'], data.variables)).code).toBe(0);
    const fresh = await keys('list');
    expect(fresh).toMatch(/^[\w-]{43} {2}active .*\n[\w-]{43} {2}next /m);
    expect(() => data.pid()).toThrow(/ENOENT/);
  });

  it('is shared with the command line while the application runs', async () => {
    server = await startServer(data.variables);
    ({ username } = await register(server.http));
    const kidNow = async () => {
      const username = newUsername();
      await register(server.http, { username });
      const { accessToken } = await signIn(server.http, username);
      return (
        JSON.parse(Buffer.from(accessToken.split('.')[0]!, 'base64url').toString()) as {
          kid: string;
        }
      ).kid;
    };
    const before = await kidNow();
    const [, rotated] = /signed with ([\w-]{43})/.exec(await keys('rotate'))!;
    expect(rotated).not.toBe(before);
    await eventually(async () => (await kidNow()) === rotated, 'the application signs with it');
  });

  it('listens on loopback only, with a password of its own [ASVS 13.2.3]', async () => {
    const home = realpathSync(join(data.path, 'postgres'));
    const port = readFileSync(join(home, 'pgdata/postmaster.pid'), 'utf8').split('\n')[3]!;
    const connect = async (password: string) => {
      const client = new pg.Client({
        connectionString: `postgresql://gatehouse:${password}@127.0.0.1:${port}/gatehouse`,
      });
      await client.connect();
      const { rows } = await client.query<{ listen: string }>(
        `SELECT current_setting('listen_addresses') AS listen`,
      );
      await client.end();
      return rows[0]!.listen;
    };
    await expect(connect('')).rejects.toThrow();
    await expect(connect('gatehouse')).rejects.toThrow(/password authentication failed/);
    const password = readFileSync(join(home, 'password'), 'utf8').trim();
    expect(password).toHaveLength(32);
    expect(await connect(password)).toBe('127.0.0.1');
  });

  it('stays with the application when the connection that claims it is lost', async () => {
    const [, , , port] = readFileSync(
      join(data.path, 'postgres/pgdata/postmaster.pid'),
      'utf8',
    ).split('\n');
    const password = readFileSync(join(data.path, 'postgres/password'), 'utf8').trim();
    const admin = new pg.Client({
      connectionString: `postgresql://gatehouse:${password}@127.0.0.1:${port}/postgres`,
    });
    await admin.connect();
    const claims = async () =>
      (await admin.query(`SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory'`)).rows as {
        pid: number;
      }[];
    const [before] = await claims();
    await admin.query('SELECT pg_terminate_backend($1)', [before!.pid]);
    await eventually(async () => {
      const [now] = await claims();
      return now !== undefined && now.pid !== before!.pid;
    }, 'claimed again');
    await admin.end();
    expect((await cli(['keys', 'list'], data.variables)).code).toBe(0);
    await surviving(server, username);
    await expect(startServer(data.variables)).rejects.toThrow(
      'Another Gatehouse is already running',
    );
  });

  it('stops with the application, and keeps accounts over a restart', async () => {
    const pid = data.pid();
    expect(await server.stop('SIGINT')).toBe(0);
    expect(isRunning(pid)).toBe(false);
    server = await startServer(data.variables);
    await surviving(server, username);
  });

  it('comes back after a kill -9 of everything', async () => {
    ({ username } = await register(server.http));
    const pid = data.pid();
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], {
      encoding: 'utf8',
    });
    server.child.kill('SIGKILL');
    for (const victim of [pid, ...children.trim().split(/\s+/).map(Number)]) {
      try {
        process.kill(victim, 'SIGKILL');
      } catch {
        // It ended with the one before.
      }
    }
    await server.exited;
    server = await startServer(data.variables);
    await surviving(server, username);
  });

  it('is started again when it is killed under the running application', async () => {
    ({ username } = await register(server.http));
    const pid = data.pid();
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const { status } = await server.http.get('/health/ready');
      return status === 200 && isRunning(data.pid()) && data.pid() !== pid;
    }, 'ready again');
    await surviving(server, username);
  });

  it('is joined when a kill -9 of the application left it running', async () => {
    ({ username } = await register(server.http));
    const pid = data.pid();
    await server.stop('SIGKILL');
    expect(isRunning(pid)).toBe(true);
    server = await startServer(data.variables);
    expect(data.pid()).toBe(pid);
    await surviving(server, username);
    expect(await server.stop()).toBe(0);
    expect(isRunning(pid)).toBe(false);
  });

  it('refuses another APP_SECRET with a sentence, and can be given new keys', async () => {
    const variables = { ...data.variables, APP_SECRET: 'another secret of 32 bytes, 987654321' };
    await expect(startServer(variables)).rejects.toThrow(/encrypted under another APP_SECRET/);
    for (let i = 0; i < 2; i++) {
      expect((await cli(['keys', 'rotate'], variables)).code).toBe(0);
    }
    expect(await (await startServer(variables)).stop()).toBe(0);
  });

  if (isOpenToNobody) {
    it('tells an ordinary user whose folder it is', async () => {
      await expect(
        startServer({ ...data.variables, APP_SECRET: 'x1y2z3'.repeat(8) + 'abcdef' }, NOBODY),
      ).rejects.toThrow(/belongs to another user/);
    });
  }
});

describe('the embedded PostgreSQL of an ordinary user', () => {
  const owner = isOpenToNobody ? NOBODY : {};
  let data: DataFolder;
  let server: TestServer;
  let username: string;
  beforeAll(async () => {
    data = newDataFolder();
    if (isOpenToNobody) {
      mkdirSync(data.path);
      await chown(data.path, NOBODY.uid, NOBODY.gid);
    }
  });
  afterAll(removeFolders);

  it('starts with no rights but theirs', async () => {
    server = await startServer(data.variables, owner);
    ({ username } = await register(server.http));
  });

  it('starts although another program now has the number of the server that was killed', async () => {
    const file = join(data.path, 'postgres/pgdata/postmaster.pid');
    const [, ...rest] = readFileSync(file, 'utf8').split('\n');
    expect(await server.stop()).toBe(0);
    const other = spawn('sleep', ['60'], { ...owner, cwd: '/' });
    writeFileSync(file, [other.pid, ...rest].join('\n'));
    if (isOpenToNobody) await chown(file, NOBODY.uid, NOBODY.gid);
    server = await startServer(data.variables, owner);
    await surviving(server, username);
    expect(await server.stop()).toBe(0);
    other.kill();
  });

  if (isOpenToNobody) {
    it('can be taken over by root from the ordinary user who made it', async () => {
      const server = await startServer(data.variables);
      await surviving(server, username);
      expect(await server.stop()).toBe(0);
    });
  }
});

describe('the embedded PostgreSQL', () => {
  afterEach(removeFolders);

  it('is not left running by a signal that comes while it starts', async () => {
    const data = newDataFolder();
    const { child, exited } = run('main', [], { ...data.variables, PORT: '0' });
    await eventually(() => existsSync(join(data.path, 'postgres/pgdata/postmaster.pid')), 'starts');
    child.kill('SIGTERM');
    expect(await exited).toBe(143);
    expect(() => data.pid()).toThrow(/ENOENT/);
  });

  it('is not left running by a start that fails before it needs it', async () => {
    const data = newDataFolder();
    const { exited, output } = run('main', [], {
      ...data.variables,
      PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    });
    expect(await exited).toBe(1);
    expect(output()).toContain('is not installed');
    expect(existsSync(join(data.path, 'postgres/pgdata'))).toBe(true);
    expect(() => data.pid()).toThrow(/ENOENT/);
  });

  it('is given to one of two starts that race, the other says so and stops', async () => {
    const data = newDataFolder();
    const outcomes = await Promise.allSettled([
      startServer(data.variables),
      startServer(data.variables),
    ]);
    const winners = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
    const losers = outcomes.flatMap((o) => (o.status === 'rejected' ? [String(o.reason)] : []));
    expect(losers).toHaveLength(1);
    expect(losers[0]).toContain(`Another Gatehouse is already running on ${data.path}`);
    expect(losers[0]).not.toContain('    at ');
    await register(winners[0]!.http);
    expect(await winners[0]!.stop()).toBe(0);
  });

  if (isRoot) {
    it('starts as root under a folder that only root may enter', async () => {
      const data = newDataFolder(0o700);
      const first = await startServer(data.variables);
      const { username } = await register(first.http);
      expect(realpathSync(join(data.path, 'postgres'))).toMatch(/^\/var\/lib\/gatehouse\//);
      expect(await first.stop()).toBe(0);
      const second = await startServer(data.variables);
      await surviving(second, username);
      expect(await second.stop()).toBe(0);
    });

    it('runs from a copy of its programs when those lie where only root may enter', async () => {
      const { binariesFor } = await import('../../src/platform/database/embedded/binaries.js');
      const { postgresUser } = await import('../../src/platform/database/embedded/system-user.js');
      const { canEnter: canUserEnter } =
        await import('../../src/platform/database/embedded/run.js');
      const locked = mkdtempSync(join(tmpdir(), 'gatehouse-locked-'));
      try {
        const { initdb } = await binariesFor(undefined);
        const shipped = join(initdb, '../../..');
        await cp(shipped, join(locked, 'shipped'), { recursive: true, verbatimSymlinks: true });
        const user = await postgresUser();
        const copied = await binariesFor(user, join(locked, 'shipped'));
        expect(copied.initdb).toMatch(/^\/var\/lib\/gatehouse\/postgresql-/);
        expect(await canUserEnter(join(copied.initdb, '..'), user)).toBe(true);
        const version = execFileSync(copied.initdb, ['--version'], { ...user, cwd: '/' });
        expect(version.toString()).toContain('initdb (PostgreSQL) 18');
      } finally {
        rmSync(locked, { recursive: true, force: true });
      }
    });
  }
});
