import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SealingKeys } from '../common/secret-keys.js';
import { boundToId, type SealedColumn } from '../common/sealed-column.js';

const generateKeyPairAsync = promisify(generateKeyPair);

/** A public key on an elliptic curve (RFC 7518 section 6.2). */
export interface PublicJwk {
  kty: string;
  crv: string;
  x: string;
  y: string;
}

export interface NewKeyPair {
  /** RFC 7638 thumbprint. */
  id: string;
  publicJwk: PublicJwk;
  sealedPrivateKey: string;
}

/** Makes a P-256 key pair for ES256 (RFC 7518 section 3.4); the private key is sealed. */
export async function createKeyPair(keys: SealingKeys): Promise<NewKeyPair> {
  const pair = await generateKeyPairAsync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = pair.publicKey.export({ format: 'jwk' }) as unknown as PublicJwk;
  const publicJwk = { kty, crv, x, y };
  const id = thumbprint(publicJwk);
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { id, publicJwk, sealedPrivateKey: keys.seal(pem, id) };
}

/** Throws `UnknownSecret`. */
export function openPrivateKey(keys: SealingKeys, id: string, sealed: string): KeyObject {
  return createPrivateKey(keys.open(sealed, id, 'The signing key in the database'));
}

/** Where private keys are sealed. */
export const SEALED_PRIVATE_KEYS: SealedColumn = {
  purpose: 'signing-keys',
  what: 'signing keys',
  table: 'signing_keys',
  id: 'id',
  column: 'sealed_private_key',
  boundTo: [],
  partsOf: boundToId('id', 'sealed_private_key'),
};

export function openPublicKey(jwk: PublicJwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' });
}

/** RFC 7638: SHA-256 over the required members in lexicographic order. */
function thumbprint({ crv, kty, x, y }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
