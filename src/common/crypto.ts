import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A 256-bit key for one purpose, derived from the application's secret (HKDF-SHA-256, RFC 5869). */
export function deriveKey(appSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', appSecret, '', `gatehouse:${purpose}`, 32));
}

/** The same for `mac`, which takes it faster than the bytes. */
export function deriveMacKey(appSecret: string, purpose: string): KeyObject {
  return createSecretKey(deriveKey(appSecret, purpose));
}

/** AES-256-GCM with a random nonce: base64url of nonce, ciphertext and tag. `context` is authenticated. */
export function seal(key: Buffer, plaintext: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
}

/** The reverse of `seal`. Throws when the key or the context differs, or a bit was changed. */
export function unseal(key: Buffer, sealed: string, context: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(bytes.length - TAG_BYTES);
  const body = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    .setAAD(Buffer.from(context))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
}

/** HMAC-SHA-256 of a message as base64url (43 characters). */
export function mac(key: Buffer | KeyObject, message: string): string {
  return createHmac('sha256', key).update(message).digest('base64url');
}

/** Compares two secrets without telling by time where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
