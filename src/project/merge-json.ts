import { isDeepStrictEqual } from 'node:util';

/** Three versions of one text. */
export interface Versions {
  /** What both others were made from. */
  base: string;
  /** The text of the product. */
  ours: string;
  /** The text of this version of Gatehouse. */
  theirs: string;
}

/** Both sides changed one value in different ways. */
class Conflict extends Error {}

/**
 * Merges two changes of a JSON document key by key, so that a package that a product adds is no conflict with one that
 * stands next to it. Keys keep the order of the product. New ones come last, or where they belong among sorted keys.
 * @returns undefined when both sides changed one value, or a text is not JSON
 */
export function mergeJson({ base, ours, theirs }: Versions): string | undefined {
  try {
    const [before, mine, yours] = [base, ours, theirs].map((text) => JSON.parse(text) as unknown);
    const indent = /^[ \t]+/m.exec(ours)?.[0] ?? 2;
    return `${JSON.stringify(mergeValue(before, mine, yours), null, indent)}\n`;
  } catch (error) {
    if (error instanceof Conflict || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function mergeValue(base: unknown, ours: unknown, theirs: unknown): unknown {
  if (isDeepStrictEqual(ours, theirs) || isDeepStrictEqual(base, theirs)) return ours;
  if (isDeepStrictEqual(base, ours)) return theirs;
  if (!isObject(ours) || !isObject(theirs)) throw new Conflict();
  const before = isObject(base) ? base : {};
  const names = Object.keys(ours);
  const entries = [...new Set([...names, ...Object.keys(theirs)])]
    .map((key): [string, unknown] => [key, mergeValue(before[key], ours[key], theirs[key])])
    .filter(([, value]) => value !== undefined);
  const isSorted = names.every((name, i) => i === 0 || names[i - 1]! < name);
  return Object.fromEntries(isSorted ? entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) : entries);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
