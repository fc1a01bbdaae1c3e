import { dictionary } from '@zxcvbn-ts/language-common';
import { visibleText } from './normalize-password.js';
import { lengthWithoutRuns, unrepeated } from './runs.js';

/** How much may stand next to a word before the password is more than that word. */
const MAX_BESIDE = 6;
/** Shorter words are inside of many others. */
const MIN_WORD = 4;
/** Shorter words come about by chance where characters between the letters are left out. */
const MIN_SCATTERED_WORD = 6;
/** No word with its separators is longer. */
const MAX_WORD = 64;
/** What is longer is more than a few words, or repeats something. */
const MAX_MADE_OF_WORDS = 256;
/** Sequences, rows of keys and repeated characters leave less than this. */
const MIN_LEFT = 5;
/** A part that is repeated from the beginning to the end is longer than this when it is no sequence itself. */
const MIN_REPEATED = 4;

/** Which letter is meant. `l` is read as `i`, because 1 and ! stand for both. */
const LEET: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '3': 'e',
  '6': 'g',
  '9': 'g',
  '1': 'i',
  '!': 'i',
  '|': 'i',
  l: 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
  '+': 't',
  '2': 'z',
};

let commonWords: Set<string> | undefined;

/** Whether next to nothing is left when sequences, rows of keys and repetitions count as one character. */
export function isSequence(password: string): boolean {
  const characters = Array.from(visibleText(password).toLowerCase());
  const left = lengthWithoutRuns(characters);
  const repeated = lengthWithoutRuns(unrepeated(characters));
  return (
    left < Math.min(MIN_LEFT, characters.length) || (repeated < MIN_REPEATED && repeated < left)
  );
}

/** Whether it is a common password, with some digits and symbols around or in it, or with leet letters. */
export function isCommon(password: string): boolean {
  const whole = folded(password);
  if (isCommonWord(whole, 1)) return true;
  const characters = unrepeated(whole);
  const letters = characters.filter(isLetter);
  const others = characters.filter((character) => !isLetter(character));
  if (isCommonWord(letters, MIN_SCATTERED_WORD) && isLittle(others)) return true;
  for (const [start, end] of middles(characters)) {
    const middle = characters.slice(start, end);
    const separators = middle.filter(isSeparator);
    if (!isCommonWord(middle, separators.length > 0 ? MIN_SCATTERED_WORD : MIN_WORD)) continue;
    const beside = [...characters.slice(0, start), ...separators, ...characters.slice(end)];
    if (isLittle(beside)) return true;
  }
  return false;
}

/** Whether it is made of some of these words and of little else, or of a common password. */
export function isMadeOf(password: string, words: string[]): boolean {
  const characters = unrepeated(folded(password));
  if (characters.length > MAX_MADE_OF_WORDS) return false;
  const longestFirst = words.toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce(without, characters);
  const isAnyIn = rest.length < characters.length;
  return isAnyIn && (isLittle(rest) || isCommon(rest.join('')));
}

/** A text as it is compared: without accents, and without the differences of case and width. */
function folded(text: string): string[] {
  const plain = visibleText(text).normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return Array.from(plain.toLowerCase());
}

function isLetter(character: string): boolean {
  return /\p{L}/u.test(character);
}

function isSeparator(character: string): boolean {
  return !Object.hasOwn(LEET, character) && !/[\p{L}\p{N}]/u.test(character);
}

/** The word that is meant, without separators. */
function skeletonOf(characters: string[]): string {
  const letters = characters.filter((character) => !isSeparator(character));
  return letters.map((character) => LEET[character] ?? character).join('');
}

function isCommonWord(characters: string[], minLength: number): boolean {
  commonWords ??= new Set(
    dictionary['passwords-common'].map((word) => skeletonOf(Array.from(word))),
  );
  if (characters.length > MAX_WORD) return false;
  const skeleton = skeletonOf(characters);
  return skeleton.length >= minLength && commonWords.has(skeleton);
}

/** Whether an attacker who knows the word soon has these as well. A year is like one character. */
function isLittle(characters: string[]): boolean {
  const text = characters.join('').replaceAll(/(?:19|20)\d\d/g, 'y');
  return lengthWithoutRuns(Array.from(text)) <= MAX_BESIDE;
}

/** From where to where the word may go: digits and symbols at the ends may be leet letters of it, or not. */
function* middles(characters: string[]): Generator<[start: number, end: number]> {
  const first = characters.findIndex(isLetter);
  const leading = first === -1 ? characters.length : first;
  const trailing = characters.length - 1 - characters.findLastIndex(isLetter);
  for (const start of cuts(leading)) {
    for (const cut of cuts(trailing)) yield [start, characters.length - cut];
  }
}

/** All numbers up to that one; of many the first and the last. */
function cuts(most: number): number[] {
  const all = Array.from({ length: most + 1 }, (_, i) => i);
  return most <= 2 * MAX_BESIDE ? all : [...all.slice(0, MAX_BESIDE), ...all.slice(-MAX_BESIDE)];
}

/** What is left without a word, however that is written. */
function without(characters: string[], word: string): string[] {
  const sought = skeletonOf(folded(word));
  if (sought.length < MIN_WORD) return characters;
  const places = characters.flatMap((character, i) => (isSeparator(character) ? [] : [i]));
  // One code unit for each, so that a place in the text is one in the list.
  const text = places.map((i) => (LEET[characters[i]!] ?? characters[i]!).charAt(0)).join('');
  const taken = new Set<number>();
  for (let at = text.indexOf(sought); at !== -1; at = text.indexOf(sought, at + sought.length)) {
    for (const i of places.slice(at, at + sought.length)) taken.add(i);
  }
  return characters.filter((_, i) => !taken.has(i));
}
