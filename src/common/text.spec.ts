import { describe, expect, it } from '@jest/globals';
import { weaknessOfUsername } from '../users/username-rules.js';
import { skeletonOf } from './look-alikes.js';
import { isOneLine, withoutPadding, withoutSpaces } from './text.js';

describe('text of one line', () => {
  it.each([
    '\u0301',
    '\u094D',
    '\u200C',
    '\u200D',
    '\uFE0F',
    '\u0645',
    '\u2764\u200D',
    ' ',
    '1',
    'a\u0301',
    '\u093E',
    'a\u093E\u0301',
    '\u200B',
  ])('is looked at in a time that grows with its length, made of %j [A96]', (part) => {
    const text = `a${part.repeat(60_000 / part.length)}b`;
    const begun = performance.now();
    isOneLine(text);
    withoutSpaces(text);
    withoutPadding(text);
    weaknessOfUsername(text);
    skeletonOf(text);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it.each([
    ['', ''],
    [' a  b ', 'a  b'],
    ['\u00A0\u3000a\t\r\n', 'a'],
    ['a\uFEFF', 'a\uFEFF'],
    ['a\u2028', 'a\u2028'],
  ])('%j loses the spaces around it and nothing else: %j', (text, expected) => {
    expect(withoutSpaces(text)).toBe(expected);
  });
});
