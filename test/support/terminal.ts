import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { testVariables } from './app.js';
import { eventually, ROOT } from './process.js';

/** A command of ours in a terminal, with somebody in front of it. */
export interface Terminal {
  /** Waits for a question and answers it. */
  answer: (question: RegExp, text: string) => Promise<void>;
  /** Everything that was printed since the latest answer. */
  output: () => string;
  exitCode: Promise<number | null>;
}

/** Runs `npm run cli -- …` in a pseudo-terminal, with more variables. */
export function openTerminal(
  command: string,
  databaseUrl: string,
  variables: Record<string, string> = {},
): Terminal {
  const child = spawn('script', ['-qec', `node dist/src/cli.js ${command}`, '/dev/null'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, TERM: 'xterm', ...testVariables(databaseUrl), ...variables },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    async answer(question, text) {
      await eventually(() => question.test(output), String(question));
      output = '';
      child.stdin.write(`${text}\r`);
    },
    output: () => output,
    exitCode: once(child, 'close').then(([code]) => code as number | null),
  };
}
