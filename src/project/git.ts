import { spawnSync } from 'node:child_process';
import { OperatorError } from '../common/operator-error.js';

/** What a git command printed, and its exit code. */
export interface GitResult {
  code: number;
  output: string;
}

/** Runs git in a folder. Throws `OperatorError` where there is no git. */
export function git(folder: string, ...words: string[]): GitResult {
  const { status, stdout, error } = spawnSync('git', words, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error) throw new OperatorError('This command needs git: it compares files with it.');
  return { code: status ?? 1, output: stdout };
}
