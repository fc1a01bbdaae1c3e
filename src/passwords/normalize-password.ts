/**
 * A password as it is hashed: in Unicode normalisation form C, so that the same characters typed on
 * another keyboard match, and otherwise exactly as received (NIST SP 800-63B-4, ASVS 6.2.8).
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFC');
}

/** What can be seen of a password. Invisible code points add nothing that an attacker would have to guess. */
export function visibleText(password: string): string {
  return password.replaceAll(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '').normalize('NFC');
}

/** More is refused before any hashing: hashing must not be a way to keep the server busy. */
export const MAX_PASSWORD_BYTES = 4096;

/** Whether a password is small enough to be normalised and hashed at all. */
export function isHashable(password: string): boolean {
  return Buffer.byteLength(password) <= MAX_PASSWORD_BYTES;
}
