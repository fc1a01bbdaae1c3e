import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32;

/** A secret of 256 random bits, as base64url (43 characters). It exists once, in the hands of whom it is for. */
export function newSecretToken(): string {
  return randomBytes(BYTES).toString('base64url');
}

/** What is stored of a random secret: its SHA-256, as base64url. Without salt, as nobody can guess the secret. */
export function hashOfSecret(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
