/** Whether a salt is visible ASCII of a sane length. */
export function isPlainSalt(salt: string): boolean {
  return /^[!-~]{1,128}$/.test(salt);
}

/** Whether a text is the base64 of exactly that many bytes. */
export function isBase64Of(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text;
}

/** Whether a text is base64 without its padding, of that many bytes. */
export function isUnpaddedBase64(text: string, minBytes: number, maxBytes: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  const isInRange = decoded.length >= minBytes && decoded.length <= maxBytes;
  return isInRange && unpaddedBase64(decoded) === text;
}

/** Bytes as base64 without its padding. */
export function unpaddedBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
