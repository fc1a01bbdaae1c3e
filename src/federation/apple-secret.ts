import { createPrivateKey, sign } from 'node:crypto';
import type { IdentityProvider } from './identity-providers.service.js';

const SECONDS = 300;

/**
 * The secret with which we ask Apple: a JWT (ES256) that is signed anew each time with the key that they gave
 * us (developer.apple.com, "Creating a client secret").
 */
export function appleSecret({ issuer, clientId, apple, secret }: IdentityProvider): string {
  const now = Math.floor(Date.now() / 1000);
  const signed = [
    { alg: 'ES256', kid: apple!.keyId },
    { iss: apple!.teamId, iat: now, exp: now + SECONDS, aud: issuer, sub: clientId },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = createPrivateKey(secret());
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
