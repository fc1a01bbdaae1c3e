import { userInfo } from 'node:os';
import { EmbeddedPostgresError } from './errors.js';
import { run, type SystemUser } from './run.js';

const EXISTING = 'postgres';
const OURS = 'gatehouse';

/**
 * The user that PostgreSQL runs as. PostgreSQL refuses to run as root, so root gets the `postgres`
 * user of the system, or a system user of our own, made on first need.
 */
export async function postgresUser(): Promise<SystemUser> {
  if (userInfo().uid !== 0) return undefined;
  const found = (await idsOf(EXISTING)) ?? (await idsOf(OURS));
  if (found) return found;
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell=/usr/sbin/nologin',
      OURS,
    ]);
  } catch (cause) {
    // A second start may have made it in this moment.
    const made = await idsOf(OURS);
    if (made) return made;
    throw new EmbeddedPostgresError(
      'PostgreSQL cannot run as root, and no system user could be made for it. Start Gatehouse as an ordinary user, or set DATABASE_URL.',
      { cause },
    );
  }
  return idsOf(OURS);
}

async function idsOf(name: string): Promise<SystemUser> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}
