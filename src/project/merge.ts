import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { git } from './git.js';
import { mergeJson, type Versions } from './merge-json.js';

/** What came of a merge. With a conflict, `text` shows both sides, and is not to be written. */
export interface Merge {
  text: string;
  isClean: boolean;
}

/** Merges two changes of one text line by line, and JSON by its keys where lines do not do. */
export function merge(path: string, versions: Versions): Merge {
  const { base, ours, theirs } = versions;
  if (ours === theirs || base === theirs) return { text: ours, isClean: true };
  if (base === ours) return { text: theirs, isClean: true };
  const byLine = mergeLines(versions);
  const byKey = path.endsWith('.json') ? mergeJson(versions) : undefined;
  if (byKey === undefined) return byLine;
  // Lines keep the layout. They may name one key twice.
  return byLine.isClean && isSameJson(byLine.text, byKey) ? byLine : { text: byKey, isClean: true };
}

/** The difference of two texts, as lines that begin with `-`, `+` or a space. Empty: there is none. */
export function differenceOf(before: string, after: string): string {
  return withFiles({ before, after }, (folder) => {
    const words = ['diff', '--no-index', '--no-ext-diff', '--no-color', 'before', 'after'];
    const { output } = git(folder, ...words);
    return output.slice(Math.max(output.search(/^@@/m), 0));
  });
}

function mergeLines({ base, ours, theirs }: Versions): Merge {
  const labels = ['yours', 'as it was written', 'Gatehouse'].flatMap((label) => ['-L', label]);
  return withFiles({ ours, base, theirs }, (folder) => {
    const words = ['merge-file', '-p', '--diff3', ...labels, 'ours', 'base', 'theirs'];
    const { code, output } = git(folder, ...words);
    return { text: output, isClean: code === 0 };
  });
}

function isSameJson(a: string, b: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
  } catch {
    return false;
  }
}

/** Writes texts into a folder that exists while `work` runs. */
function withFiles<T>(texts: Record<string, string>, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-merge-'));
  try {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
