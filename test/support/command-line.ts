import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { ROOT, watch } from './process.js';

const PROCESS = join(ROOT, 'test/support/reused-process.mjs');

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
  const run = reusedProcess('cli');
  return (words, variables) => run(words, variables, ROOT);
}

/** For the many starts of a test file that fail, one after another: with exactly these variables, in a folder. */
export function failingStarts(): (
  variables: Record<string, string>,
  folder?: string,
) => Promise<CommandResult> {
  const run = reusedProcess('main');
  return (variables, folder = ROOT) => run([], variables, folder);
}

/** Most of what a run takes is to load what it is made of, so that is done once. */
function reusedProcess(program: 'cli' | 'main') {
  let child: ChildProcess | undefined;
  afterAll(() => void child?.kill('SIGKILL'));
  return async (
    words: string[],
    variables: Record<string, string>,
    folder: string,
  ): Promise<CommandResult> => {
    child ??= spawn(process.execPath, [PROCESS], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const { stdout, stderr } = child;
    const ended = Promise.all([untilEnd(stdout!), untilEnd(stderr!)]);
    const environment = { PATH: process.env.PATH, NODE_ENV: 'test', ...variables };
    child.send({ program, words, variables: environment, folder });
    const [[text, code], [errors]] = await ended;
    const output = `${text}${errors}`.trim();
    watch(() => output);
    return { code, output };
  };
}

/** What a stream carries up to the end of a command. */
function untilEnd(stream: NodeJS.ReadableStream): Promise<[text: string, code: number]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = () => {
      const [output, code] = text.split('\0');
      if (code === undefined) reject(new Error(`the command line ended:\n${text}`));
      else resolve([output!, Number(code)]);
    };
    stream.once('end', settle);
    stream.on('data', function collect(chunk: Buffer) {
      text += chunk.toString();
      if (!/\0\d+\n$/.test(text)) return;
      stream.off('data', collect).off('end', settle);
      settle();
    });
  });
}
