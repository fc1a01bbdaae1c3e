import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';

/** The files that a page of the documentation shows as a whole: a path, and the block that follows it, by path. */
export function filesOfPage(page: string): Record<string, string> {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = text.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...blocks].map(([, path, code]) => [path!, code!]));
}
