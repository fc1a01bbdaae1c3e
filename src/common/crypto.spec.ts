import { describe, expect, it } from '@jest/globals';
import { deriveKey, equalSecrets, mac, seal, unseal } from './crypto.js';

describe('crypto', () => {
  const key = deriveKey('a secret of the application', 'test');

  it('derives different keys for different purposes and secrets', () => {
    expect(deriveKey('a secret of the application', 'test')).toEqual(key);
    expect(deriveKey('a secret of the application', 'other')).not.toEqual(key);
    expect(deriveKey('another secret', 'test')).not.toEqual(key);
    expect(key).toHaveLength(32);
  });

  it('opens what it sealed, in the same context only', () => {
    const sealed = seal(key, 'hello', 'row 1');
    expect(unseal(key, sealed, 'row 1')).toBe('hello');
    expect(() => unseal(key, sealed, 'row 2')).toThrow();
    expect(() => unseal(deriveKey('x', 'test'), sealed, 'row 1')).toThrow();
    expect(seal(key, 'hello', 'row 1')).not.toBe(sealed);
  });

  it('refuses to open what was changed or cut, bit by bit [ASVS 11.2.5, 11.3.3]', () => {
    const sealed = Buffer.from(seal(key, 'hello', 'x'), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => unseal(key, flipped.toString('base64url'), 'x')).toThrow();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => unseal(key, sealed.subarray(0, length).toString('base64url'), 'x')).toThrow();
    }
  });

  it('compares secrets of any length [ASVS 11.2.4]', () => {
    expect(equalSecrets(mac(key, 'a'), mac(key, 'a'))).toBe(true);
    expect(equalSecrets(mac(key, 'a'), mac(key, 'b'))).toBe(false);
    expect(equalSecrets('', 'a')).toBe(false);
    expect(equalSecrets('', '')).toBe(true);
  });
});
