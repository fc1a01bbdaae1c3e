import { randomInt } from 'node:crypto';
import { normalizeUsername } from './identifiers.js';
import { weaknessOfUsername } from './username-rules.js';

const FALLBACK = 'user';
/** Short of what a username may have, so that a number has room. */
const MAX_LENGTH = 140;
/** After so many that are taken, the numbers become long. */
const SHORT_TRIES = 4;

/**
 * Usernames that fit to what a provider calls somebody, the best first, without end: some are taken. Of an
 * address only the part before the @ is used, as a username that is an address has to be one's own. A name
 * of two scripts is passed over.
 */
export function* proposedUsernames(names: string[]): Generator<string> {
  const base =
    names.map(fitting).find((name) => weaknessOfUsername(name) === undefined) ?? FALLBACK;
  yield base;
  for (let tries = 1; ; tries++) {
    yield `${base}${randomInt(10, tries < SHORT_TRIES ? 1_000 : 1_000_000_000)}`;
  }
}

function fitting(name: string): string {
  return (
    normalizeUsername(name.split('@', 1)[0]!)
      .replaceAll(/\s+/gu, '.')
      .replaceAll(/[^\p{L}\p{M}\p{N}.+\-_]/gu, '')
      // Marks of what was left out.
      .replaceAll(/(?<![\p{L}\p{M}])\p{M}+/gu, '')
      .replaceAll(/^[.+\-_]+|[.+\-_]+$/g, '')
      .slice(0, MAX_LENGTH)
      .replace(/\p{Surrogate}$/u, '')
  );
}
