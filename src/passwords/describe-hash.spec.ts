import { describe, expect, it } from '@jest/globals';
import { hash } from 'bcrypt';
import { describeHash } from './describe-hash.js';

describe('what is told of a hash', () => {
  it.each([
    ['pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ', 'pbkdf2_sha256', '390000 iterations'],
    ['argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$TMa6A8', 'argon2id', 'm=102400,t=2,p=8'],
    ['argon2$argon2i$m=8,t=1,p=1$c2FsdA$gwQOXSN', 'argon2i', 'm=8,t=1,p=1'],
    ['scrypt$16384$seasalt$8$1$Qj3', 'scrypt', 'N=16384,r=8,p=1'],
  ])('%s', (encoded, algorithm, workFactor) => {
    expect(describeHash(encoded)).toEqual({ algorithm, workFactor });
  });

  it('of our own, and of Django’s bcrypt', async () => {
    const bcrypt = await hash('password', 4);
    expect(describeHash(`bcrypt_sha256$${bcrypt}`)).toEqual({
      algorithm: 'bcrypt_sha256',
      workFactor: 'cost 4',
    });
    expect(describeHash(`bcrypt$${bcrypt}`)?.algorithm).toBe('bcrypt');
  });

  it.each(['', '!Xk2JpQ0s8mWv3Yb7Ft5Gh1Nd9Rc4Lz6Aa0Ee2Ii4', 'plain'])('none: %j', (encoded) => {
    expect(describeHash(encoded)).toBe(null);
  });
});
