import { describe, expect, it } from '@jest/globals';
import { inWords } from './waiting-time.js';

describe('a waiting time in words', () => {
  it.each([
    [1, '1 second'],
    [30, '30 seconds'],
    [119, '119 seconds'],
    [120, '2 minutes'],
    [899, '15 minutes'],
    [3600, '60 minutes'],
    [7201, '3 hours'],
    [86_400, '24 hours'],
  ])('%i is %s', (seconds, words) => {
    expect(inWords(seconds)).toBe(words);
  });
});
