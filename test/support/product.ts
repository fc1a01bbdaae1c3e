import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { testVariables } from './app.js';
import type { CommandResult } from './command-line.js';
import { compile } from './compile.js';
import { createDatabase, type TestDatabase } from './database.js';
import { PROGRAMS, ROOT, startServer, type TestServer } from './process.js';
import { ReusedProcess } from './reused-process.js';

/** The least that a product is made of. */
const FILES = {
  'package.json': JSON.stringify({ name: 'product', private: true, type: 'module' }),
  'src/main.ts': `
    import { start } from 'gatehouse';
    await start(async () => (await import('./app.module.js')).AppModule);`,
  'src/app.module.ts': `
    import { Module } from '@nestjs/common';
    import { GatehouseModule } from 'gatehouse';
    @Module({ imports: [GatehouseModule.forRoot({ root: import.meta.dirname })] })
    export class AppModule {}`,
};

/**
 * A product in a folder of its own, next to a database of its own. Gatehouse is a package of it, as it was built here.
 * TypeScript is compiled to the folder `dist`, without a look at its types.
 *
 * ```ts
 * const product = await Product.create({ 'src/app.module.ts': '…', 'migrations/1-AddArticles.ts': '…' });
 * const { http } = await product.start();
 * const { code, output } = await product.runCommand('routes');
 * await product.remove();
 * ```
 */
export class Product {
  private readonly servers: TestServer[] = [];
  /** For what ends by itself. It holds the files as they were when it loaded them. */
  private readonly reused = { main: new ReusedProcess(), bin: new ReusedProcess() };

  private constructor(
    readonly folder: string,
    readonly database: TestDatabase,
  ) {}

  /**
   * @param files texts by path; those of `FILES` are there if not given
   * @param gatehouse an unpacked archive of Gatehouse, which is moved there instead of linking what was built here
   */
  static async create(files: Record<string, string> = {}, gatehouse?: string): Promise<Product> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-product-'));
    await chmod(folder, 0o711);
    const product = new Product(folder, await createDatabase());
    linkPackages(folder, gatehouse);
    await product.write({ ...FILES, ...files });
    return product;
  }

  /** Writes files, and compiles those in TypeScript. */
  async write(files: Record<string, string>): Promise<void> {
    this.endReused();
    for (const [path, text] of Object.entries(files)) {
      this.writeFile(path, text);
      if (!/(?<!\.d)\.tsx?$/.test(path)) continue;
      const target = join('dist', path.replace(/tsx?$/, 'js'));
      this.writeFile(target, await compile(text, join(this.folder, path)));
    }
  }

  /** Starts its `main.js` and waits until it is ready. Throws with its output when it ends before. */
  async start(variables: Record<string, string> = {}): Promise<TestServer> {
    const server = await startServer(this.variables(variables), { cwd: this.folder });
    this.servers.push(server);
    return server;
  }

  /** Starts its `main.js`, which is to end by itself. */
  async failToStart(variables: Record<string, string> = {}): Promise<CommandResult> {
    return this.runProgram('main', [], { PORT: '0', ...variables });
  }

  /** Runs the binary of Gatehouse in its folder. */
  async runCommand(...words: string[]): Promise<CommandResult> {
    return this.runProgram('bin', words, {});
  }

  /** Runs a file in its folder with Node, without a database of its own. */
  async runFile(file: string, words: string[] = []): Promise<CommandResult> {
    const child = spawn(process.execPath, [file, ...words], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, HOME: this.folder },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? 1, output };
  }

  /** Runs the binary of Gatehouse in its folder, with more variables. */
  async runCommandWith(
    variables: Record<string, string>,
    ...words: string[]
  ): Promise<CommandResult> {
    return this.runProgram('bin', words, variables);
  }

  /** Ends what was started, and removes the folder and the database. */
  async remove(): Promise<void> {
    this.endReused();
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    await this.database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async runProgram(
    program: 'main' | 'bin',
    words: string[],
    variables: Record<string, string>,
  ): Promise<CommandResult> {
    const { code, stdout, stderr } = await this.reused[program].run(
      join(this.folder, PROGRAMS[program]),
      words,
      this.variables(variables),
      this.folder,
    );
    return { code, output: stdout + stderr };
  }

  private endReused(): void {
    this.reused.main.end();
    this.reused.bin.end();
  }

  private variables(variables: Record<string, string>): Record<string, string> {
    return { ...testVariables(this.database.url), ...variables };
  }

  private writeFile(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/**
 * Gives a folder one copy of each package, as an installation has it, and Gatehouse as it was built.
 * @param gatehouse an unpacked archive of Gatehouse, which is moved there instead
 */
export function linkPackages(project: string, gatehouse?: string): void {
  const folder = join(project, 'node_modules');
  mkdirSync(join(folder, '.bin'), { recursive: true });
  for (const parent of ['', '.bin']) {
    for (const name of readdirSync(join(ROOT, 'node_modules', parent))) {
      if (name !== '.bin')
        symlinkSync(join(ROOT, 'node_modules', parent, name), join(folder, parent, name));
    }
  }
  if (gatehouse === undefined) symlinkSync(ROOT, join(folder, 'gatehouse'));
  else renameSync(gatehouse, join(folder, 'gatehouse'));
  const binary = join(folder, '.bin/gatehouse');
  writeFileSync(binary, `#!/bin/sh\nexec node ${folder}/gatehouse/dist/src/bin.js "$@"\n`, {
    mode: 0o755,
  });
}
