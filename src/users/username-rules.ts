import { UNSEEN } from '../common/text.js';

/**
 * Letters and digits of any script, and `@ . + - _`, as in Django, and unlike there the marks after a letter: vowels
 * of Hindi, Thai or Tamil are marks. Joiners and other characters that nobody sees stay out, as two names that
 * look the same would be two.
 */
export const USERNAME_PATTERN = /^(?:[\p{N}@.+\-_]|\p{L}\p{M}*)+$/u;

/** More marks on one letter than any language writes (UTS 39 section 5.4): they run over the lines around them. */
const TOO_MANY_MARKS = /\p{Me}|(\p{Mn})\1|(?:\p{Mc}*\p{Mn}){5}|\p{M}{9}/u;

/** What belongs to every script. */
const COMMON = /[\d@.+\-_\u02BB\u02BC]/g;

/** Letters in which linguists write sounds: small capitals and the like, which pass for others. */
const PHONETIC =
  /[\u0250-\u0252\u0255\u0258\u025A\u025C-\u0262\u0264-\u0267\u026A-\u0271\u0273-\u0288\u028A\u028C-\u0291\u0293-\u02AF\u1D00-\u1DBF\u2C60-\u2C7F\uA720-\uA7FF\uAB30-\uAB6F\u{10780}-\u{107BF}\u{1DF00}-\u{1DFFF}]/u;

/** The scripts that are in wide use (UAX 31, table 5), and those that are mixed (UTS 39, "highly restrictive"). */
const SCRIPTS = [
  // Accents that have no letter of their own, as in Yoruba.
  /^[\p{scx=Latin}\u0300-\u036F]*$/u,
  /^[\p{scx=Cyrillic}\u0300-\u036F]*$/u,
  /^[\p{scx=Greek}\u0300-\u036F]*$/u,
  /^\p{scx=Arabic}*$/u,
  /^\p{scx=Hebrew}*$/u,
  /^\p{scx=Armenian}*$/u,
  /^\p{scx=Georgian}*$/u,
  /^\p{scx=Ethiopic}*$/u,
  /^\p{scx=Devanagari}*$/u,
  /^\p{scx=Bengali}*$/u,
  /^\p{scx=Gurmukhi}*$/u,
  /^\p{scx=Gujarati}*$/u,
  /^\p{scx=Oriya}*$/u,
  /^\p{scx=Tamil}*$/u,
  /^\p{scx=Telugu}*$/u,
  /^\p{scx=Kannada}*$/u,
  /^\p{scx=Malayalam}*$/u,
  /^\p{scx=Sinhala}*$/u,
  /^\p{scx=Thaana}*$/u,
  /^\p{scx=Thai}*$/u,
  /^\p{scx=Lao}*$/u,
  /^\p{scx=Khmer}*$/u,
  /^\p{scx=Myanmar}*$/u,
  /^\p{scx=Tibetan}*$/u,
  /^[\p{scx=Latin}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}]*$/u,
  /^[\p{scx=Latin}\p{scx=Han}\p{scx=Bopomofo}]*$/u,
  /^[\p{scx=Latin}\p{scx=Han}\p{scx=Hangul}]*$/u,
];

/** Says what is wrong with a username in its stored form, or nothing. */
export function weaknessOfUsername(username: string): string | undefined {
  if (UNSEEN.test(username)) {
    return 'The username must not contain invisible characters, such as zero-width joiners. Leave them out.';
  }
  if (!USERNAME_PATTERN.test(username)) {
    return 'The username may contain only letters, digits and @ . + - _.';
  }
  if (TOO_MANY_MARKS.test(username.normalize('NFD'))) {
    return 'The username must not have that many marks on one letter.';
  }
  const letters = username.replaceAll(COMMON, '');
  // Of two scripts, many letters look the same: "root" with a Cyrillic "о" is somebody else.
  if (PHONETIC.test(letters) || !SCRIPTS.some((script) => script.test(letters))) {
    return 'The username must be written in the letters of one script.';
  }
  return undefined;
}
