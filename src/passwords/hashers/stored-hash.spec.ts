import { describe, expect, it } from '@jest/globals';
import { hash } from 'bcrypt';
import { loadConfig } from '../../platform/config/load-config.js';
import { MAX_BCRYPT_COST, preferredKind } from './bcrypt.js';
import type { CheckableHash } from './stored-hash.js';
import { describeHash, readHash, readKind, refusalOf } from './stored-hash.js';

// Hashes that Django made, as its tests/auth_tests/test_hashers.py keeps them.
const MADE_BY_DJANGO: [string, string, string][] = [
  [
    'pbkdf2_sha256',
    'lètmein',
    'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c=',
  ],
  [
    'scrypt',
    'lètmein',
    'scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==',
  ],
  [
    'argon2id',
    'secret',
    'argon2$argon2id$v=19$m=102400,t=2,p=8$Y041dExhNkljRUUy$TMa6A8fPJhCAUXRhJXCXdw',
  ],
  [
    'argon2i without version',
    'secret',
    'argon2$argon2i$m=8,t=1,p=1$c29tZXNhbHQ$gwQOXSNhxiOxPOA0+PY10P9QFO4NAYysnqRt1GSQLE55m+2GYDt9FEjPMHhP2Cuf0nOEXXMocVrsJAtNSsKyfg',
  ],
  ['argon2i', 'secret', 'argon2$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q'],
];

const checkable = (encoded: string) => {
  expect(refusalOf(encoded)).toBeUndefined();
  return readHash(encoded) as CheckableHash;
};

describe('stored hashes', () => {
  it.each(MADE_BY_DJANGO)('are verified: %s', async (_, password, encoded) => {
    expect(await checkable(encoded).matches(password)).toBe(true);
    expect(await checkable(encoded).matches(`${password}z`)).toBe(false);
  });

  it('are verified: pbkdf2_sha1 (RFC 6070, third vector)', async () => {
    const digest = Buffer.from('4b007901b765489abead49d926f721d065a429c1', 'hex');
    const encoded = `pbkdf2_sha1$4096$salt$${digest.toString('base64')}`;
    expect(await checkable(encoded).matches('password')).toBe(true);
    expect(await checkable(encoded).matches('Password')).toBe(false);
  });

  it.each(['2a', '2b', '2y'])('are verified: bcrypt %s', async (version) => {
    const encoded = `bcrypt$${await hash('lètmein', 4)}`.replace('$2b$', `$${version}$`);
    expect(await checkable(encoded).matches('lètmein')).toBe(true);
    expect(await checkable(encoded).matches('lètmeinz')).toBe(false);
  });

  it.each([
    '',
    '!Xk2JpQ0s8mWv3Yb7Ft5Gh1Nd9Rc4Lz6Aa0Ee2Ii4',
    'md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3',
    'sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8',
    '88a434c88cca4e900f7874cd98123f43',
    'crypt$$ab1Hv2Lg7ltQo',
    'plain',
  ])('are refused when they are weak or none: %j', (encoded) => {
    expect(refusalOf(encoded)).toContain('format is unknown');
  });

  // The kind with one of its parts replaced. What is left out of the table is what the HTTP test plants.
  const b64 = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64');
  const bare = (bytes: number) => b64(bytes).replace(/=+$/, '');
  it.each([
    `pbkdf2_sha256$1000$$${b64(32)}`,
    `pbkdf2_sha256$1000$${'x'.repeat(129)}$${b64(32)}`,
    `pbkdf2_sha256$1000$sé$${b64(32)}`,
    `pbkdf2_sha256$1000$salt$${b64(20)}`,
    `pbkdf2_sha256$1000$salt$${b64(32).replace('=', '')}`,
    `pbkdf2_sha1$1000$salt$${b64(32)}`,
    `scrypt$16$$8$1$${b64(64)}`,
    `scrypt$16$salt$8$1$${b64(32)}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$${bare(7)}$${bare(32)}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$${bare(49)}$${bare(32)}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$${bare(16)}$${bare(15)}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$${bare(16)}$${bare(65)}`,
    `argon2$argon2id$v=19$m=64,t=1,p=1$${b64(16)}$${bare(32)}`,
    `bcrypt$$2b$04$${'x'.repeat(52)}`,
    `bcrypt$$2b$04$${'x'.repeat(52)}é`,
  ])('are refused with another salt or digest than their format has: %s', (encoded) => {
    expect(refusalOf(encoded)).toContain('salt or its digest is malformed');
  });

  it('can be of every cost that can be configured', () => {
    const costOf = (BCRYPT_COST: number) =>
      loadConfig({ NODE_ENV: 'test', BCRYPT_COST: `${BCRYPT_COST}` }).bcryptCost;
    expect(readKind(preferredKind(costOf(4)))?.excess).toBeUndefined();
    expect(readKind(preferredKind(costOf(MAX_BCRYPT_COST)))?.excess).toBeUndefined();
    expect(() => costOf(MAX_BCRYPT_COST + 1)).toThrow('BCRYPT_COST');
  });

  it.each([
    ['pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ', 'pbkdf2_sha256', '390000 iterations'],
    ['argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$TMa6A8', 'argon2id', 'm=102400,t=2,p=8'],
    ['argon2$argon2i$m=8,t=1,p=1$c2FsdA$gwQOXSN', 'argon2i', 'm=8,t=1,p=1'],
    ['scrypt$16384$seasalt$8$1$Qj3', 'scrypt', 'N=16384,r=8,p=1'],
    [`bcrypt_sha256$$2b$04$${'x'.repeat(53)}`, 'bcrypt_sha256', 'cost 4'],
    [`bcrypt$$2b$04$${'x'.repeat(53)}`, 'bcrypt', 'cost 4'],
  ])('are described without salt and digest: %s', (encoded, algorithm, workFactor) => {
    expect(describeHash(encoded)).toMatchObject({ algorithm, workFactor });
  });

  it.each(['', '!Xk2JpQ0s8mWv3Yb7Ft5Gh1Nd9Rc4Lz6Aa0Ee2Ii4', 'plain'])(
    'are described as none: %j',
    (encoded) => {
      expect(describeHash(encoded)).toBeUndefined();
    },
  );
});
