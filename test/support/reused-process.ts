import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, watch } from './process.js';

const PROCESS = join(ROOT, 'test/support/run-again.mjs');

/** What a run prints, and its exit code. */
export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs programs that end, one after another. Most of what a run takes is to load what it is made of: that is done once. */
export class ReusedProcess {
  private child: ChildProcess | undefined;

  /**
   * @param file the compiled program
   * @param variables all of its environment, next to PATH
   */
  async run(
    file: string,
    words: string[],
    variables: Record<string, string>,
    folder: string,
  ): Promise<RunResult> {
    this.child ??= spawn(process.execPath, [PROCESS], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const { stdout, stderr } = this.child;
    const ended = Promise.all([untilEnd(stdout!), untilEnd(stderr!)]);
    const environment = { PATH: process.env.PATH, NODE_ENV: 'test', ...variables };
    this.child.send({ file, words, variables: environment, folder });
    const [[text, code], [errors]] = await ended;
    watch(() => text + errors);
    return { code, stdout: text, stderr: errors };
  }

  /** Ends it. The next run loads everything anew. */
  end(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

/** What a stream carries up to the end of a run. */
function untilEnd(stream: NodeJS.ReadableStream): Promise<[text: string, code: number]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = () => {
      const [output, code] = text.split('\0');
      if (code === undefined) reject(new Error(`the process ended:\n${text}`));
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
