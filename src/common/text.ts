/** Control, format and other characters that nobody sees. */
export const CONTROL_CHARACTERS = /\p{C}/u;

/**
 * What ends a line, is not seen, or changes how its neighbours are seen (UTS 39 section 5, UAX 9): with it, one
 * text passes for another. The last are blank, or stand for what is not there, without having the property.
 */
export const UNSEEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2800\uFFF9-\uFFFC]/u;

/** Emoji are made of several characters (UTS 51): pictographs, how they look, and what joins them. */
const EMOJI =
  /\p{Extended_Pictographic}(?:\p{EMod}|\uFE0F)?(?:\u200D\p{Extended_Pictographic}(?:\p{EMod}|\uFE0F)?)*|[\d#*]\uFE0F\u20E3/gu;

/**
 * Where a joiner is seen (RFC 5892 appendix A.1 and A.2): between two letters of which the first would join the
 * second, as in Persian, and after a virama of an Indian script. The joiner comes first, as looking back at every
 * character would take a time that grows with the square of the length (ATTACKS A96).
 */
const SEEN_JOINERS =
  /\u200C(?<=[\u0620\u0626\u0628\u062A-\u062E\u0633-\u063F\u0641-\u0647\u0649\u064A\u066E\u066F\u0678-\u0687\u069A-\u06BF\u06C1\u06C2\u06CC\u06CE\u06D0\u06D1\u06FA-\u06FC\u06FF]\p{M}*\u200C)(?=[\u0620\u0622-\u064A\u066E-\u0673\u0675-\u06D5])|[\u200C\u200D](?<=\p{L}\p{M}*[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D4D\u0DCA][\u200C\u200D])(?=\p{L})/gu;

/** Whether a text is of one line, and shows all that it is made of. */
export function isOneLine(text: string): boolean {
  return !UNSEEN.test(text.replaceAll(EMOJI, '').replaceAll(SEEN_JOINERS, ''));
}

/** Whether a decoder replaced bytes of a text that were not UTF-8, so that texts that differed became equal. */
export function isDamaged(text: string): boolean {
  return text.includes('\uFFFD');
}

/** A text without the spaces around it. What `trim` would drop beside them is refused, not passed over in silence. */
export function withoutSpaces(text: string): string {
  return text.replaceAll(/^[\p{Zs}\t\r\n]+|(?<![\p{Zs}\t\r\n])[\p{Zs}\t\r\n]+$/gu, '');
}

const SPACES = String.raw`\t\p{Zs}`;
const LINE_BREAKS = String.raw`\n\v\f\r\x85\u2028\u2029`;
/** What is not seen and has no meaning at an end: zero-width spaces and joiners, direction marks, soft hyphens. */
const UNSEEN_AT_ENDS = String.raw`\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF`;
const AROUND_NAMES = around(SPACES + LINE_BREAKS + UNSEEN_AT_ENDS);
const AROUND_LINES = around(SPACES + UNSEEN_AT_ENDS);

/**
 * A text without the spaces and invisible characters around it, which keyboards of phones and copied cells add. For
 * texts that cannot begin or end with these, such as usernames: nothing is lost. Line breaks count as spaces.
 */
export function withoutPadding(text: string): string {
  return text.replaceAll(AROUND_NAMES, '');
}

/** As `withoutPadding`, for texts in which a line break is an attack: it stays, and is refused. */
export function withoutPaddingOfLine(text: string): string {
  return text.replaceAll(AROUND_LINES, '');
}

/** The look back keeps the time from growing with the square of the length (ATTACKS A96). */
function around(characters: string): RegExp {
  return new RegExp(`^[${characters}]+|(?<![${characters}])[${characters}]+$`, 'gu');
}
