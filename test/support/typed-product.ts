import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './process.js';
import { linkPackages } from './product.js';

const FILES = {
  'package.json': JSON.stringify({ type: 'module' }),
  'tsconfig.json': JSON.stringify({
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { rootDir: '.', outDir: 'dist', types: ['node'] },
    include: ['src'],
  }),
};

/** Brings the declarations of Gatehouse up to date, which a quick build leaves out. */
export async function writeDeclarations(): Promise<void> {
  await promisify(execFile)(process.execPath, ['scripts/declarations.mjs'], { cwd: ROOT });
}

/** The sources of a product, for the compiler alone: what `Product` runs, this one checks. */
export class TypedProduct {
  private readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-types-'));

  /** @param files texts by path */
  constructor(files: Record<string, string>) {
    for (const [path, text] of Object.entries({ ...FILES, ...files })) {
      const file = join(this.folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    linkPackages(this.folder);
  }

  /** What the compiler reports of a product that is not there before or after: a line for each error. */
  static async check(files: Record<string, string>): Promise<string[]> {
    const product = new TypedProduct(files);
    try {
      return await product.check();
    } finally {
      product.remove();
    }
  }

  /**
   * What the compiler reports, a line for each error.
   * @param words more of its options
   */
  async check(...words: string[]): Promise<string[]> {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tsc, '--noEmit', ...words], { cwd: this.folder }, (_, printed) =>
        resolve(printed),
      );
    });
    return output.split('\n').filter((line) => line !== '');
  }

  /** What a script prints that Node runs in the folder of the product. Rejects when it fails. */
  async run(script: string): Promise<string> {
    const words = ['--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: this.folder });
    return stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
