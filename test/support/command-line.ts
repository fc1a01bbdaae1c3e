import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { ROOT } from './process.js';
import { ReusedProcess } from './reused-process.js';

/** What a command printed, and its exit code. */
export interface CommandResult {
  code: number;
  output: string;
}

/** Runs `npm run cli -- …` with exactly these variables. */
export type CommandLine = (
  words: string[],
  variables: Record<string, string>,
) => Promise<CommandResult>;

/** For the many commands of a test file, one after another. */
export function commandLine(): CommandLine {
  const run = reused('cli');
  return (words, variables) => run(words, variables, ROOT);
}

/** For the many starts of a test file that fail, one after another: with exactly these variables, in a folder. */
export function failingStarts(): (
  variables: Record<string, string>,
  folder?: string,
) => Promise<CommandResult> {
  const run = reused('main');
  return (variables, folder = ROOT) => run([], variables, folder);
}

function reused(program: 'cli' | 'main') {
  const reusedProcess = new ReusedProcess();
  afterAll(() => reusedProcess.end());
  const file = join(ROOT, `dist/src/${program}.js`);
  return async (
    words: string[],
    variables: Record<string, string>,
    folder: string,
  ): Promise<CommandResult> => {
    const { code, stdout, stderr } = await reusedProcess.run(file, words, variables, folder);
    return { code, output: (stdout + stderr).trim() };
  };
}
