/** Control, format and other characters that nobody sees. */
export const CONTROL_CHARACTERS = /\p{C}/u;
