import { once } from 'node:events';
import { chmod, open } from 'node:fs/promises';
import { join } from 'node:path';
import { start } from 'node:repl';

/**
 * Talks to the operator in this terminal until they leave. Their lines are kept in the data folder, for them alone; where
 * that cannot be, they are kept nowhere.
 */
export async function runRepl(dataDir: string): Promise<void> {
  const repl = start({ prompt: '> ', useGlobal: true, ignoreUndefined: true });
  const left = once(repl, 'exit');
  const history = await historyIn(dataDir);
  // The name of no file: lines are forgotten.
  repl.setupHistory(history ?? '', () => undefined);
  await left;
}

/** The file of earlier lines, which may hold secrets; undefined if it cannot be written. */
async function historyIn(dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, 'shell-history');
  try {
    await (await open(file, 'a', 0o600)).close();
    await chmod(file, 0o600);
    return file;
  } catch {
    return undefined;
  }
}
