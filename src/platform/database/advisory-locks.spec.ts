import { describe, expect, it } from '@jest/globals';
import { EMBEDDED_LOCKS, LOCKS, LOCKS_BY_TEXT } from './advisory-locks.js';

describe('advisory locks', () => {
  it.each([LOCKS, LOCKS_BY_TEXT, EMBEDDED_LOCKS])('have a number each in %j', (locks) => {
    const numbers = Object.values(locks);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
