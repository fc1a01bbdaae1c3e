import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type Binaries, makeSystemFolder, SYSTEM_FOLDER } from './binaries.js';
import { EmbeddedPostgresError } from './errors.js';
import { canEnter, run, type SystemUser } from './run.js';

export const SUPERUSER = 'gatehouse';

const SETTINGS = `
# Gatehouse: reachable from this machine only, by password only.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
`;

/** The files of one database cluster: `pgdata`, its `password`, its `log`. */
export interface Cluster {
  home: string;
  pgdata: string;
  log: string;
  password: string;
  passwordFile: string;
  user: SystemUser;
}

/**
 * Opens the cluster of a data folder, making it first when there is none. A new cluster is built
 * beside its place and moved there in one step, so a kill leaves none half made and of two starts
 * that race exactly one wins. It lives in `<dataDir>/postgres`, or, when the user that PostgreSQL
 * runs as cannot get there, in the system folder with a link from `<dataDir>/postgres`.
 */
export async function openCluster(
  dataDir: string,
  binaries: Binaries,
  user: SystemUser,
): Promise<Cluster> {
  const place = join(dataDir, 'postgres');
  if (!(await exists(place))) await createCluster(dataDir, place, binaries, user);
  if (!existsSync(place)) {
    throw new EmbeddedPostgresError(
      `${place} points to a database that is gone. Remove ${dataDir} to start with an empty one.`,
    );
  }
  return readCluster(await realpath(place), binaries);
}

async function createCluster(
  dataDir: string,
  place: string,
  binaries: Binaries,
  user: SystemUser,
): Promise<void> {
  if (await mkdir(dataDir, { recursive: true })) await chmod(dataDir, 0o711);
  const isReachable = await canEnter(dataDir, user);
  const parent = isReachable ? dataDir : SYSTEM_FOLDER;
  if (!isReachable) await makeSystemFolder();
  const draft = join(parent, `postgres-${randomUUID()}`);
  try {
    await initialise(draft, binaries, user);
    await (isReachable ? rename(draft, place) : symlink(draft, place));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(place))) throw error;
  }
}

async function initialise(home: string, binaries: Binaries, user: SystemUser): Promise<void> {
  await mkdir(home, { mode: 0o700 });
  const passwordFile = passwordFileIn(home);
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (user) {
    await chown(home, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const pgdata = join(home, 'pgdata');
  await run(
    binaries.initdb,
    [
      `--pgdata=${pgdata}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order and case rules on every machine, whatever locales it has.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ],
    user,
  );
  await appendFile(join(pgdata, 'postgresql.conf'), SETTINGS);
}

async function readCluster(home: string, binaries: Binaries): Promise<Cluster> {
  const pgdata = join(home, 'pgdata');
  try {
    const version = (await readFile(join(pgdata, 'PG_VERSION'), 'utf8')).trim();
    if (version !== binaries.majorVersion) {
      throw new EmbeddedPostgresError(
        `The database in ${home} was made by PostgreSQL ${version}; this Gatehouse ships PostgreSQL ${binaries.majorVersion}. Dump it with the old one and load it into the new one, or remove it to start with an empty one.`,
      );
    }
    const passwordFile = passwordFileIn(home);
    const password = (await readFile(passwordFile, 'utf8')).trim();
    const { uid, gid } = await stat(pgdata);
    // Root runs the server as whoever owns the files; everybody else can only run it as themselves.
    const user = process.getuid?.() === 0 ? { uid, gid } : undefined;
    return { home, pgdata, log: join(home, 'log'), password, passwordFile, user };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw cause;
    throw new EmbeddedPostgresError(
      `The database in ${home} belongs to another user. Start Gatehouse as that user, or set DATA_DIR to a folder of your own.`,
      { cause },
    );
  }
}

function passwordFileIn(home: string): string {
  return join(home, 'password');
}

/** Like `existsSync`, but true for a link that points nowhere. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
