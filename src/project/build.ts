import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProductFolder } from './product-folder.js';

/** Its time is when the latest build began: files changed since then are not in dist. */
const STAMP = 'dist/.built';
const SOURCES = ['src', 'migrations'];
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
];

/**
 * Runs `npm run build` of a product, unless its `dist` is newer than everything it is made of. In an installation
 * without the Nest CLI, as in an image, `dist` is used as it is. What the build prints goes to stderr.
 * @returns the exit code
 */
export async function build(product: ProductFolder): Promise<number> {
  if (!product.scripts.build || !isStale(product.path)) return 0;
  const began = new Date();
  console.error(`Building ${product.name}.`);
  const options = { cwd: product.path, stdio: ['ignore', 2, 2] as ['ignore', 2, 2] };
  const [code] = (await once(spawn('npm', ['run', '--silent', 'build'], options), 'close')) as [
    number | null,
  ];
  const stamp = join(product.path, STAMP);
  if (code === 0 && existsSync(join(product.path, 'dist'))) {
    writeFileSync(stamp, '');
    utimesSync(stamp, began, began);
  }
  return code ?? 1;
}

function isStale(folder: string): boolean {
  if (!existsSync(join(folder, 'node_modules/@nestjs/cli'))) return false;
  const within = (names: string[]) => names.map((name) => join(folder, name));
  // `npm run build` and `npm run dev` leave no stamp.
  const built = modified(join(folder, STAMP)) || newest(below(join(folder, 'dist')));
  return built < newest([...within(SETTINGS), ...within(SOURCES).flatMap(below)]);
}

/** When a file was changed; 0 when there is none. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(paths: string[]): number {
  return Math.max(0, ...paths.map(modified));
}

/** A folder with everything in it. Folders count too: their time changes when a file is removed. */
function below(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return [folder, ...names.map((name) => join(folder, name))];
}
