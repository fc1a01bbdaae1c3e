import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLACE = /((?:file:\/\/)?\/[^()]+):(\d+):\d+\)?$/;

/**
 * From where a function was called that is written in another file than `self`; to be asked for it as
 * "src/a.ts:12", or undefined when it cannot be told. For messages that send somebody to the place. What it takes to
 * tell it is spent only when somebody asks.
 */
export function callSite(self: string): () => string | undefined {
  const here = new Error('here');
  return () => placeOf(here, self);
}

function placeOf({ stack }: Error, self: string): string | undefined {
  const own = fileURLToPath(self);
  const here = fileURLToPath(import.meta.url);
  for (const line of stack?.split('\n').slice(1) ?? []) {
    const [, place, number] = PLACE.exec(line) ?? [];
    if (!place) continue;
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    // Compiled or not: the stack may name the source where this module names what was made of it.
    const isOwn = [own, here].some((one) => stem(file).endsWith(stem(one)));
    if (!isOwn && !file.includes('node_modules')) {
      return `${relative(process.cwd(), file)}:${number}`;
    }
  }
  return undefined;
}

/** The folder and name of a file, without its extension. */
function stem(file: string): string {
  return file
    .replace(/\.[cm]?[jt]sx?$/, '')
    .split('/')
    .slice(-2)
    .join('/');
}
