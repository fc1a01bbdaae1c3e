/** Control, format and other characters that nobody sees. */
export const CONTROL_CHARACTERS = /\p{C}/u;

/** Text of one line, which can be shown. */
export const ONE_LINE = /^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u;
