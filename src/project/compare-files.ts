import type { FileChanges } from './file-changes.js';
import { merge } from './merge.js';

/** What an update does with a file that Gatehouse wrote. */
export type FileOutcome =
  | 'added'
  | 'rewritten'
  | 'merged'
  | 'removed'
  /** Gatehouse has another text now, and the file stays as the product has it. */
  | 'left'
  | 'conflict';

export interface ComparedFile {
  path: string;
  outcome: FileOutcome;
  /** Why a file is left, or both sides of a conflict. */
  detail?: string;
}

/** What the files of a product become, and the texts that the next comparison begins with. */
export interface Comparison {
  compared: ComparedFile[];
  recorded: Record<string, string>;
}

interface Texts {
  /** As Gatehouse wrote them last. */
  before: Readonly<Record<string, string>>;
  /** As this version writes them. */
  now: ReadonlyMap<string, string>;
  /** Paths whose files stay as they are, and count as compared. */
  kept: ReadonlySet<string>;
}

/**
 * Compares the files of a product with what Gatehouse wrote and what it would write now, and plans the changes. Files that
 * stay the same are not named.
 */
export function compareFiles(changes: FileChanges, { before, now, kept }: Texts): Comparison {
  const compared: ComparedFile[] = [];
  const recorded: Record<string, string> = Object.fromEntries(now);
  for (const path of new Set([...Object.keys(before), ...now.keys()])) {
    const [base, theirs] = [before[path], now.get(path)];
    if (base === theirs || kept.has(path)) continue;
    const one = compareFile(changes, path, base, theirs);
    if (one) compared.push(one);
    // The next update has to find the same conflict, unless it was solved.
    if (one?.outcome !== 'conflict') continue;
    if (base === undefined) delete recorded[path];
    else recorded[path] = base;
  }
  return { compared, recorded };
}

function compareFile(
  changes: FileChanges,
  path: string,
  base: string | undefined,
  theirs: string | undefined,
): ComparedFile | undefined {
  const left = (detail: string): ComparedFile => ({ path, outcome: 'left', detail });
  const state = changes.stateOf(path);
  if (state === 'other') return left('it is not a plain file');
  const ours = changes.read(path);
  if (ours === theirs) return undefined;
  if (theirs === undefined) {
    if (ours !== base) return left('Gatehouse no longer writes it, and you changed it');
    changes.delete(path);
    return { path, outcome: 'removed' };
  }
  if (ours === undefined && base !== undefined) return left('you deleted it');
  if (ours === undefined || ours === base) {
    changes.write(path, theirs);
    return { path, outcome: ours === undefined ? 'added' : 'rewritten' };
  }
  const merged = merge(path, { base: base ?? '', ours, theirs });
  if (!merged.isClean) return { path, outcome: 'conflict', detail: merged.text };
  if (merged.text === ours) return undefined;
  changes.write(path, merged.text);
  return { path, outcome: 'merged' };
}
