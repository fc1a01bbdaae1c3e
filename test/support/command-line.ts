import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { ROOT, watch } from './process.js';

const PROGRAM = join(ROOT, 'test/support/command-line-process.mjs');

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

/**
 * For the many commands of a test file, one after another: most of what a command takes is to load
 * what it is made of, so that is done once.
 */
export function commandLine(): CommandLine {
  let child: ChildProcess | undefined;
  afterAll(() => void child?.kill('SIGKILL'));
  return async (words, variables) => {
    child ??= spawn(process.execPath, [PROGRAM], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { stdout, stderr } = child;
    const ended = Promise.all([untilEnd(stdout!), untilEnd(stderr!)]);
    child.send({ words, variables: { PATH: process.env.PATH, NODE_ENV: 'test', ...variables } });
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
