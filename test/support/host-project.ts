import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { compile } from './compile.js';
import { HttpClient } from './http.js';
import { eventually, freePort, ROOT } from './process.js';

const execFileAsync = promisify(execFile);

const COPIED = [
  'src',
  'migrations',
  'scripts',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  '.dependency-cruiser.cjs',
  '.oxlintrc.json',
  '.prettierrc.json',
  '.prettierignore',
];
const PATH = /`((?:src|migrations|scripts)\/[\w./<>-]+\.m?[jt]s|\.dependency-cruiser\.cjs)`/g;
const STAMP = 'dist/.built';

/** A fenced block of a page. `path` is the file that was named last. */
export interface Block {
  language: string;
  code: string;
  path: string | undefined;
}

/** The blocks of a page: what it makes of the project, and how it tries that. */
export function readPage(file: string): { setup: Block[]; tour: Block[] } {
  const [setup, tour] = readFileSync(join(ROOT, file), 'utf8').split('\n## Try it\n');
  return { setup: blocksOf(setup!), tour: blocksOf(tour!) };
}

function blocksOf(text: string): Block[] {
  let path: string | undefined;
  return [...text.matchAll(/([\s\S]*?)^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, before, language, code]) => {
      path = [...before!.matchAll(PATH)].at(-1)?.[1] ?? path;
      return { language: language!, code: code!, path };
    },
  );
}

/** A clone of the project in a folder of its own, as a host developer has it. */
export class HostProject {
  private readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-host-'));
  private readonly children: ChildProcess[] = [];

  constructor(private readonly variables: Record<string, string>) {
    chmodSync(this.folder, 0o711);
    for (const name of [...COPIED, 'dist']) {
      cpSync(join(ROOT, name), join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Writes, edits and runs what a page says, in its order. */
  async follow(blocks: Block[]): Promise<void> {
    for (const { language, code, path } of blocks) {
      if (language === 'sh') await this.buildQuickly().then(() => this.run(code));
      else if (language === 'ts' || language === 'js') this.write(path!, code);
      else if (language === 'diff') this.write(path!, patch(this.read(path!), code));
      else throw new Error(`what is to be done with ${language}?`);
    }
  }

  /**
   * Brings what is built up to date as far as a migration is written from it and a command run, without a look
   * at types and documentation: a build for each page would make this one of the slowest tests. `start` does a
   * whole one.
   */
  private async buildQuickly(): Promise<void> {
    const time = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    for (const folder of ['src', 'migrations']) {
      const names = readdirSync(join(this.folder, folder), { recursive: true, encoding: 'utf8' });
      for (const name of names.filter((one) => /(?<!\.spec)\.tsx?$/.test(one))) {
        const source = join(this.folder, folder, name);
        const target = join(this.folder, 'dist', folder, name.replace(/tsx?$/, 'js'));
        if (time(target) >= time(source)) continue;
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, await compile(readFileSync(source, 'utf8'), source));
      }
    }
    this.write(STAMP, '');
  }

  /** Runs a script, and returns what it prints. Rejects when it fails. */
  async run(script: string): Promise<string> {
    const { stdout } = await execFileAsync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: this.folder,
      env: this.environment(),
    });
    return stdout;
  }

  read(path: string): string {
    return readFileSync(this.locate(path), 'utf8');
  }

  /** `npm start`, until it is ready. */
  async start(): Promise<HttpClient> {
    // What `npm start` begins with, from nothing. It may take longer than anything is waited for.
    rmSync(join(this.folder, STAMP), { force: true });
    await this.run('node scripts/build-if-stale.mjs');
    const port = String(await freePort());
    const server = this.spawn('npm', ['start'], { PORT: port });
    let output = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    await eventually(() => {
      if (server.exitCode !== null) throw new Error(`npm start ended:\n${output}`);
      return http.get('/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      );
    }, 'npm start becomes ready');
    return http;
  }

  /** Begins what goes on until `stop`. */
  spawn(program: string, words: string[], variables: Record<string, string> = {}): ChildProcess {
    const child = spawn(program, words, {
      cwd: this.folder,
      env: { ...this.environment(), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.children.push(child);
    return child;
  }

  /** Ends what was begun, the application among it, and waits until it has. */
  async stop(): Promise<void> {
    for (const child of this.children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(path: string, text: string): void {
    const file = this.locate(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** A migration is named without its time: `migrations/<time>-AddArticles.ts`. */
  private locate(path: string): string {
    const [folder, name] = path.split('/<time>');
    if (name === undefined) return join(this.folder, path);
    const files = readdirSync(join(this.folder, folder!)).filter((file) => file.endsWith(name));
    if (files.length !== 1) throw new Error(`${files.length} files are ${path}`);
    return join(this.folder, folder!, files[0]!);
  }

  private environment(): Record<string, string> {
    return {
      PATH: process.env.PATH!,
      HOME: process.env.HOME ?? this.folder,
      DATA_DIR: join(this.folder, '.data'),
      ...this.variables,
    };
  }
}

/** Applies a diff without line numbers: its context has to be found exactly once. */
function patch(text: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const side = (sign: string) =>
    lines
      .filter((line) => line[0] !== sign)
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = text.split(side('+'));
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times:\n${side('+')}`);
  return parts.join(side('-'));
}
