import { basename } from 'node:path';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { OperatorError } from '../common/operator-error.js';
import { type Adoption, ASIDE } from './adoption.js';
import { extensionPointOf } from './extension-points.js';
import { FileChanges } from './file-changes.js';
import { readCommittedTree } from './git-tree.js';
import { assertNone, parseWords } from './parse-words.js';
import { planAdoption } from './plan-adoption.js';
import type { ProductFolder } from './product-folder.js';
import { clonedRelease } from './releases.js';
import { renderThinApplication } from './thin-application.js';

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  name: { type: 'string' },
  gatehouse: { type: 'string' },
} as const;

/**
 * `npx gatehouse adopt` in a clone of version 0.1: makes a product of it, which has Gatehouse as a package. It shows what
 * it would do, and asks. `--yes` does it without a question, `--dry-run` only shows it. `--name` is the name of the
 * product, and `--gatehouse` what its `package.json` asks for in place of this version.
 * @returns the exit code: 1 when the answer was no
 */
export async function adopt(product: ProductFolder, words: string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS);
  assertNone(positionals);
  const tree = readCommittedTree(product.path);
  const changes = new FileChanges(product.path);
  const name = values.name ?? nameOf(product);
  const { gatehouse } = values;
  const template = await renderThinApplication({
    name,
    example: false,
    ...(gatehouse && { gatehouse }),
  });
  const release = clonedRelease();
  const folder = product.path;
  const adoption = planAdoption(changes, { folder, tree, release, template, name });
  show(adoption);
  if (values['dry-run']) return 0;
  if (!values.yes && !(await isConfirmed())) return 1;
  changes.apply();
  console.log(
    `Done, and not committed. Next:\n\n  npm install\n  npm start\n  npx gatehouse check\n\n${ASIDE}/TODO.md has what is left for you.`,
  );
  return 0;
}

function show({ removed, changed, written, rewritten, missing }: Adoption): void {
  console.log(
    `${removed.length} files are as Gatehouse has them. They are deleted, and come from the package.`,
  );
  console.log(
    `${written.length} files of the thin application are written: ${written.join(', ')}.`,
  );
  if (changed.length > 0) {
    console.log(
      `\n${changed.length} files of Gatehouse were changed. They are moved to ${ASIDE}/:\n`,
    );
    for (const { path } of changed) {
      const { what, page } = extensionPointOf(path);
      console.log(`  ${path}\n      ${what} (${page})`);
    }
  }
  if (rewritten.length > 0) {
    console.log(`\nThese import from gatehouse instead of its files:\n`);
    for (const path of rewritten) console.log(`  ${path}`);
  }
  if (missing.length > 0) {
    console.log(
      `\nThese import what has no public name. They do not compile until you change them:\n`,
    );
    for (const { path, names, from } of missing) {
      console.log(`  ${path}: ${names.join(', ')} from '${from}'`);
    }
  }
  console.log('');
}

/** A product cannot be called like a package that it needs. */
function nameOf({ name, path }: ProductFolder): string {
  if (name !== 'gatehouse' && name !== path) return name;
  const ofFolder = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return ofFolder === 'gatehouse' || ofFolder === '' ? 'my-app' : ofFolder;
}

async function isConfirmed(): Promise<boolean> {
  if (!stdin.isTTY) {
    throw new OperatorError('Nothing was changed. Do it with: npx gatehouse adopt --yes');
  }
  const terminal = createInterface({ input: stdin, output: stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question('Go on? (y/N) ')).trim());
  } finally {
    terminal.close();
  }
}
