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
