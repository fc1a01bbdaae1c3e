import { describe, expect, it } from '@jest/globals';
import { hash } from 'bcrypt';
import { DJANGO_HASHERS } from './django-hashers.js';

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

const hasherOf = (encoded: string) => DJANGO_HASHERS.find((hasher) => hasher.recognises(encoded));

describe('Django’s password hashes', () => {
  it.each(MADE_BY_DJANGO)('%s is verified', async (_, password, encoded) => {
    expect(await hasherOf(encoded)!.verify(password, encoded)).toBe(true);
    expect(await hasherOf(encoded)!.verify(`${password}z`, encoded)).toBe(false);
  });

  it('pbkdf2_sha1 is verified (RFC 6070, third vector)', async () => {
    const digest = Buffer.from('4b007901b765489abead49d926f721d065a429c1', 'hex');
    const encoded = `pbkdf2_sha1$4096$salt$${digest.toString('base64')}`;
    expect(await hasherOf(encoded)!.verify('password', encoded)).toBe(true);
    expect(await hasherOf(encoded)!.verify('Password', encoded)).toBe(false);
  });

  it('bcrypt is verified', async () => {
    const encoded = `bcrypt$${await hash('lètmein', 4)}`;
    expect(await hasherOf(encoded)!.verify('lètmein', encoded)).toBe(true);
    expect(await hasherOf(encoded)!.verify('lètmeinz', encoded)).toBe(false);
  });

  it.each([
    '',
    '!Xk2JpQ0s8mWv3Yb7Ft5Gh1Nd9Rc4Lz6Aa0Ee2Ii4',
    'md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3',
    'sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8',
    '88a434c88cca4e900f7874cd98123f43',
    'crypt$$ab1Hv2Lg7ltQo',
    'pbkdf2_sha256$390000$$8xBlGd3jVgvJ',
    'plain',
  ])('what is weak or no hash is not recognised: %j', (encoded) => {
    expect(hasherOf(encoded)).toBeUndefined();
  });
});
