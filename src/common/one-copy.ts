import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OperatorError } from './operator-error.js';

/** Packages that keep what they know in their own modules: classes of one copy are strangers to another one. */
const SHARED = [
  '@nestjs/common',
  '@nestjs/core',
  'typeorm',
  'class-validator',
  'reflect-metadata',
] as const;

/**
 * Throws `OperatorError` when Gatehouse and a product load different copies of a package that both have to share. With two
 * of them decorators, entities or injected classes of the product do not exist for Gatehouse, often without an error.
 * @param root a folder of the product
 */
export function assertOneCopy(root: string): void {
  for (const name of SHARED) {
    const [ours, theirs] = [import.meta.dirname, root].map((folder) => copyOf(name, folder));
    if (!ours || !theirs || ours === theirs) continue;
    throw new OperatorError(
      `There are two copies of ${name}: this product loads ${theirs}, and Gatehouse loads ${ours}. Give both the same version in package.json, and run: npm dedupe`,
    );
  }
}

/** The folder of a package as Node finds it from a folder. Undefined: there is no such folder, as with Plug'n'Play. */
function copyOf(name: string, folder: string): string | undefined {
  const found = join(folder, 'node_modules', name);
  if (existsSync(join(found, 'package.json'))) return realpathSync(found);
  return folder === dirname(folder) ? undefined : copyOf(name, dirname(folder));
}
