import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OperatorError } from '../common/operator-error.js';
import { OWN_FOLDER } from '../common/package-folder.js';
import { VERSION } from '../common/version.js';
import { sectionsBetween } from './changelog.js';
import { type ComparedFile, compareFiles, type Comparison } from './compare-files.js';
import { FileChanges } from './file-changes.js';
import { differenceOf } from './merge.js';
import { assertNone, parseWords } from './parse-words.js';
import type { ProductFolder } from './product-folder.js';
import { type ProductRecord, readRecord, writeRecord } from './product-record.js';
import { templateOf } from './templates.js';
import { renderThinApplication } from './thin-application.js';

const OPTIONS = {
  'dry-run': { type: 'boolean', default: false },
  'files-only': { type: 'boolean', default: false },
  keep: { type: 'string', multiple: true, default: [] as string[] },
} as const;

/**
 * `npx gatehouse update`: brings what Gatehouse wrote into a product to the installed version, reports what has changed
 * in templates that the product has copies of, applies migrations and runs `check`. `--dry-run` only shows it.
 * `--files-only` leaves the database alone. `--keep <path>` leaves a file as it is, and counts it as compared.
 * @returns the exit code: 1 for conflicts, and for what the build, the migrations or `check` find
 */
export async function update(product: ProductFolder, words: string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS);
  assertNone(positionals);
  const changes = new FileChanges(product.path);
  const record = readRecord(changes);
  if (!record) {
    throw new OperatorError(
      `There is no .gatehouse.json in ${product.path}: Gatehouse wrote nothing here that it could bring up to date. npm update gatehouse is enough.`,
    );
  }
  showChangelog(record.version);
  const { compared, recorded } = await compareWithTemplate(product, changes, record, values.keep);
  const conflicts = compared.filter(({ outcome }) => outcome === 'conflict');
  const isNew = record.version !== VERSION;
  writeRecord(changes, { ...record, version: VERSION, files: recorded });
  show(compared);
  const drifted = showDrift(record);
  if (compared.length === 0 && drifted === 0 && !isNew) {
    console.log(`Nothing to do: the files are as Gatehouse ${VERSION} writes them.`);
  }
  if (values['dry-run']) return conflicts.length > 0 ? 1 : 0;
  const before = packagesIn(changes);
  changes.apply();
  const hasNewPackages = !isDeepStrictEqual(packagesIn(changes), before);
  const found = values['files-only'] ? 0 : await runProduct(product, hasNewPackages);
  return conflicts.length > 0 ? 1 : found;
}

/** Compares the files with those that this version makes from the same name and example. */
async function compareWithTemplate(
  product: ProductFolder,
  changes: FileChanges,
  { name, example = false, files }: ProductRecord,
  keep: string[],
): Promise<Comparison> {
  if (name === undefined) return { compared: [], recorded: files };
  const gatehouse = product.dependencies.gatehouse;
  const now = await renderThinApplication({ name, example, ...(gatehouse && { gatehouse }) });
  const unknown = keep.filter((path) => !now.has(path) && !Object.hasOwn(files, path));
  if (unknown.length > 0)
    throw new OperatorError(`Gatehouse does not write ${unknown.join(', ')}.`);
  return compareFiles(changes, { before: files, now, kept: new Set(keep) });
}

function showChangelog(since: string): void {
  const changelog = readFileSync(join(OWN_FOLDER, 'CHANGELOG.md'), 'utf8');
  for (const { version, text } of sectionsBetween(changelog, since, VERSION)) {
    console.log(`# What is new in ${version}\n\n${text}\n`);
  }
}

function show(compared: ComparedFile[]): void {
  for (const { path, outcome, detail } of compared) {
    if (outcome !== 'conflict') {
      console.log(`${outcome.padEnd(10)}${path}${detail ? ` (${detail})` : ''}`);
      continue;
    }
    console.log(
      `conflict  ${path}: both sides changed the same lines. It stays as it is.\n\n${detail}\n` +
        `Edit it and run the update again. To keep yours: npx gatehouse update --keep ${path}`,
    );
  }
}

/** Shows what has changed in templates since the product copied them; returns in how many. */
function showDrift({ ejected }: ProductRecord): number {
  const drifted = Object.entries(ejected).filter(([path, { template, version, text }]) => {
    const now = templateOf(template)?.text;
    if (now === text) return false;
    if (now === undefined) {
      console.log(`${path}: ${VERSION} no longer has ${template}.`);
      return true;
    }
    console.log(
      `${path}: ${template} has changed since ${version}.\n\n${differenceOf(text, now)}\n` +
        `To have that in your copy: npx gatehouse eject ${template}`,
    );
    return true;
  });
  return drifted.length;
}

/** What npm installs for the product. */
function packagesIn(changes: FileChanges): unknown[] {
  const parsed = JSON.parse(changes.read('package.json') ?? '{}') as Record<string, unknown>;
  return ['dependencies', 'devDependencies', 'overrides'].map((kind) => parsed[kind]);
}

/** Installs, builds, migrates and checks, with what the product has. */
async function runProduct(product: ProductFolder, hasNewPackages: boolean): Promise<number> {
  const run = async (command: string, words: string[]) => {
    const child = spawn(command, words, { cwd: product.path, stdio: 'inherit' });
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  };
  const binary = join(OWN_FOLDER, 'dist/src/bin.js');
  const steps: [string, string[]][] = [
    ...(hasNewPackages ? [['npm', ['install']] as [string, string[]]] : []),
    [process.execPath, [binary, 'migrate']],
    [process.execPath, [binary, 'check']],
  ];
  for (const [command, words] of steps) {
    const code = await run(command, words);
    if (code !== 0) return code;
  }
  return 0;
}
