import { adjacencyGraphs } from '@zxcvbn-ts/language-common';

/** Shorter runs are in many words. */
const MIN_RUN = 3;

/** For each keyboard, the keys next to a key, in six directions. */
const KEYBOARDS: Record<string, (string | null)[]>[] = [
  adjacencyGraphs.qwerty,
  adjacencyGraphs.qwertz,
  adjacencyGraphs.azerty,
];
const DIRECTIONS = 6;
const [UP, DOWN, FIRST_DIRECTION] = [0, 1, 2];

/** How many characters there are when each sequence, row of keys and repeated character counts as one. */
export function lengthWithoutRuns(characters: string[]): number {
  const changing = characters.filter((character, i) => character !== characters[i - 1]);
  let length = 0;
  for (let start = 0; start < changing.length; length++) {
    const end = endOfRun(changing, start);
    start = end - start >= MIN_RUN ? end : start + 1;
  }
  return length;
}

/** The part that is repeated from the beginning to the end, or all of it (Knuth, Morris and Pratt). */
export function unrepeated(characters: string[]): string[] {
  const borders: number[] = [0];
  for (let i = 1, border = 0; i < characters.length; i++) {
    while (border > 0 && characters[i] !== characters[border]) border = borders[border - 1]!;
    if (characters[i] === characters[border]) border++;
    borders.push(border);
  }
  const period = characters.length - borders.at(-1)!;
  return 2 * period <= characters.length ? characters.slice(0, period) : characters;
}

function endOfRun(characters: string[], start: number): number {
  let end = start + 1;
  let steps = -1;
  while (end < characters.length) {
    steps &= stepsBetween(characters[end - 1]!, characters[end]!);
    if (steps === 0) break;
    end++;
  }
  return end;
}

/** In which ways a character follows another, one bit each: up or down in the alphabet, or in a row of keys. */
function stepsBetween(from: string, to: string): number {
  const distance = to.codePointAt(0)! - from.codePointAt(0)!;
  let steps = distance === 1 ? 1 << UP : distance === -1 ? 1 << DOWN : 0;
  KEYBOARDS.forEach((keys, keyboard) => {
    keys[from]?.forEach((key, direction) => {
      if (key?.includes(to)) steps |= 1 << (FIRST_DIRECTION + DIRECTIONS * keyboard + direction);
    });
  });
  return steps;
}
