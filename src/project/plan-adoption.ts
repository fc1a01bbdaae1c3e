import { OperatorError } from '../common/operator-error.js';
import { VERSION } from '../common/version.js';
import { adoptedAppModule } from './adopted-app-module.js';
import { adoptedPackage } from './adopted-package.js';
import { type Adoption, ASIDE } from './adoption.js';
import { adoptionReport } from './adoption-report.js';
import type { FileChanges } from './file-changes.js';
import { type GitTree, textOfBlob } from './git-tree.js';
import { differenceOf } from './merge.js';
import { writeRecord } from './product-record.js';
import { namesOfDoor } from './public-door.js';
import type { Release } from './releases.js';
import { type Door, rewriteImports } from './rewrite-imports.js';

/** What `planAdoption` looks at. */
export interface Clone {
  folder: string;
  tree: GitTree;
  release: Release;
  /** The files of the thin application, and what they were made from. */
  template: ReadonlyMap<string, string>;
  name: string;
}

/** Plans the changes that make a product of a clone. Throws `OperatorError` for a folder that is no clone of the release. */
export function planAdoption(changes: FileChanges, clone: Clone): Adoption {
  const { tree, release, template, folder } = clone;
  const ofRelease = Object.entries(release.files);
  const equal = ofRelease.filter(([path, id]) => tree.get(path) === id).map(([path]) => path);
  if (equal.length < ofRelease.length / 2) {
    throw new OperatorError(
      `${folder} is no clone of Gatehouse ${release.version}: ${equal.length} of its ${ofRelease.length} files are here as that version has them.`,
    );
  }
  const changed = [...tree.keys()].filter(
    (path) => Object.hasOwn(release.files, path) && !equal.includes(path),
  );
  const own = [...tree.keys()].filter((path) => !Object.hasOwn(release.files, path));
  const adoption: Adoption = { removed: [], changed: [], written: [], rewritten: [], missing: [] };

  for (const path of equal) {
    if (template.has(path)) continue;
    changes.delete(path);
    adoption.removed.push(path);
  }
  for (const path of changed) moveAside(changes, clone, path, adoption);
  for (const path of own) rewrite(changes, clone, path, adoption);
  for (const [path, text] of template) {
    if (own.includes(path) || (path === '.gitignore' && changed.includes(path))) continue;
    changes.write(path, adapted(changes, clone, own, path, text));
    adoption.written.push(path);
  }
  const files = Object.fromEntries(template);
  writeRecord(changes, { version: VERSION, name: clone.name, example: false, files, ejected: {} });
  changes.write(`${ASIDE}/TODO.md`, adoptionReport(adoption));
  return adoption;
}

function moveAside(
  changes: FileChanges,
  { folder, release, template }: Clone,
  path: string,
  adoption: Adoption,
): void {
  // The rest of them is made anew, with what the product has in them. What git ignores stays as it is.
  if (path === '.gitignore' || path === 'package.json') return;
  const text = changes.read(path);
  if (!template.has(path)) changes.delete(path);
  if (path === 'package-lock.json' || text === undefined) return;
  changes.write(`${ASIDE}/${path}`, text);
  const original = textOfBlob(folder, release.files[path]!);
  const difference = original === undefined ? undefined : differenceOf(original, text);
  adoption.changed.push({ path, difference });
}

function rewrite(changes: FileChanges, { release }: Clone, path: string, adoption: Adoption): void {
  if (!/\.tsx?$/.test(path)) return;
  const source = changes.read(path);
  if (source === undefined) return;
  const { text, missing } = rewriteImports(path, source, (target) => doorOf(release, target));
  for (const one of missing) adoption.missing.push({ path, ...one });
  if (text === source) return;
  changes.write(path, text);
  adoption.rewritten.push(path);
}

const DOORS = {
  index: { from: 'gatehouse', names: namesOfDoor('index') },
  testing: { from: 'gatehouse/testing', names: namesOfDoor('testing') },
} satisfies Record<string, Door>;

/** The door in the place of a file of the release. */
function doorOf({ files }: Release, target: string): Door | undefined {
  const path = [`${target}.ts`, `${target}.tsx`, target].find((one) => Object.hasOwn(files, one));
  if (path === undefined) return undefined;
  return path.startsWith('test/') ? DOORS.testing : DOORS.index;
}

/** A file of the thin application, with what the clone has in the place of it. */
function adapted(
  changes: FileChanges,
  { release }: Clone,
  own: string[],
  path: string,
  text: string,
): string {
  const before = changes.read(path);
  if (before === undefined) return text;
  if (path === 'package.json') return adoptedPackage(text, before, release);
  return path === 'src/app.module.ts' ? adoptedAppModule(text, before, own) : text;
}
