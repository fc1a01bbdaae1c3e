import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './process.js';

const PATH = /`((?:src|migrations|scripts)\/[\w./<>-]+\.(?:m?[jt]s|tsx))`/g;

/** A fenced block of a page. `path` is the file that was named last. */
export interface Block {
  language: string;
  code: string;
  path: string | undefined;
}

/** The blocks of a page: what it makes of a product, and how it tries that. */
export function readPage(file: string): { setup: Block[]; tour: Block[] } {
  const [setup, tour = ''] = readFileSync(join(ROOT, file), 'utf8').split('\n## Try it\n');
  return { setup: blocksOf(setup!), tour: blocksOf(tour) };
}

function blocksOf(text: string): Block[] {
  let path: string | undefined;
  return [...text.matchAll(/([\s\S]*?)^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, before, language, code]) => {
      path = [...before!.matchAll(PATH)].at(-1)?.[1] ?? path;
      return { language: language!, code: code!, path };
    },
  );
}

/** The files that a page of the documentation shows as a whole: a path, and the block that follows it, by path. */
export function filesOfPage(page: string): Record<string, string> {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = text.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...blocks].map(([, path, code]) => [path!, code!]));
}

/** Replaces what differs every time in JSON by what kind of thing it is. */
export function kinds(text: string): unknown {
  return JSON.parse(
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, '<uuid>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'),
  );
}
