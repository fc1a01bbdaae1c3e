import { domainToUnicode } from 'node:url';
import { caseless } from '../common/look-alikes.js';
import { emailKey } from './identifiers.js';

/** Accents and points (NFD) that people leave out when they type: of European scripts, Hebrew and Arabic. */
const LEFT_OUT =
  /[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0640\u064B-\u065F\u0670]|\p{Default_Ignorable_Code_Point}/gu;

/** Letters with a part that is no accent to Unicode, and signs that keyboards write in several ways. */
const PLAIN: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ʼ: "'",
  ʻ: "'",
  '‘': "'",
  '’': "'",
  '‐': '-',
  '–': '-',
  '—': '-',
};
const NOT_PLAIN = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'gu');

/** Scripts that put no spaces between words: a name of two letters stands within a word of three. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]{2,}/gu;

/**
 * The one form in which what is searched and what is searched for are compared: without case, width, accents and
 * invisible characters. "Élodie", "STRAUSS" and "Łódź" are "elodie", "strauss" and "lodz". It is made here and never by
 * the database, whose locale may lower "I" to a dotless one.
 */
export function searchForm(text: string): string {
  return caseless(text)
    .normalize('NFKD')
    .replaceAll(LEFT_OUT, '')
    .replaceAll(NOT_PLAIN, (letter) => PLAIN[letter]!)
    .normalize('NFC');
}

/** What a search looks through of an account: words in their form for searches, each with a space before it. */
export function searchedText(account: {
  username: string;
  email: string;
  firstName: string;
  lastName: string;
}): string {
  const { username, email, firstName, lastName } = account;
  const key = emailKey(email);
  const at = key.lastIndexOf('@') + 1;
  // As it is shown, and a domain in both of its spellings, whichever was typed (RFC 5890).
  const addresses = [email, key, key.slice(0, at) + domainToUnicode(key.slice(at))];
  const shown = [username, ...addresses, firstName, lastName].map(searchForm);
  const words = new Set(shown.flatMap(wordsOf).flatMap((word) => [word, ...partsOf(word)]));
  return [...words].map((word) => ` ${word}`).join('');
}

/** The words of a text in its form for searches. */
export function wordsOf(form: string): string[] {
  return form.split(/\s+/u).filter(Boolean);
}

/** Every two letters in a row, and the last, of what has no spaces between its words: each can begin a word. */
function partsOf(word: string): string[] {
  return [...word.matchAll(UNSPACED)].flatMap(([run]) => {
    const letters = Array.from(run);
    return letters.map((letter, i) => letter + (letters[i + 1] ?? ''));
  });
}
