import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** The system user a program runs as; undefined means: as ourselves. */
export type SystemUser = { uid: number; gid: number } | undefined;

/** Runs a program to its end, away from our working directory, which that user may not be able to enter. */
export async function run(program: string, args: string[], user?: SystemUser): Promise<string> {
  const { stdout } = await execFileAsync(program, args, {
    ...user,
    cwd: user ? '/' : undefined,
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout;
}

/** Whether that user can pass through all folders down to this one, and through it. */
export async function canEnter(folder: string, user: SystemUser): Promise<boolean> {
  if (!user) return true;
  try {
    await run('test', ['-x', folder], user);
    return true;
  } catch {
    return false;
  }
}
