import { LOOK_ALIKE_LETTERS } from './look-alike-letters.js';

const PROTOTYPES = new Map(
  LOOK_ALIKE_LETTERS.trim()
    .split('\n')
    .flatMap((line) => {
      const [prototype, ...letters] = line.split(' ').map(charactersOf);
      return letters.map((letter) => [letter, prototype!] as const);
    }),
);

/**
 * The skeleton of a name (UTS 39 section 4): names that look the same have the same one, and it is good for
 * nothing else. First as the name is shown, then without case, as either may be what a reader has in mind:
 * "PauI" is "Paul", and "rnax" is "Max". A capital "i" is an "l", and so are both: "ADMlN" is "admin".
 */
export function skeletonOf(name: string): string {
  const seen = name
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replaceAll(/\s+/gu, ' ');
  return prototypeOf(caseless(prototypeOf(seen))).replaceAll('l', 'i');
}

/** A text without upper and lower case. Upper first: it folds what lower case alone keeps apart, such as "ß" and "ss" or the two sigmas. */
export function caseless(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

function prototypeOf(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/./gsu, (letter) => PROTOTYPES.get(letter) ?? letter)
    .normalize('NFD');
}

function charactersOf(codes: string): string {
  return String.fromCodePoint(...codes.split('+').map((code) => Number.parseInt(code, 16)));
}
