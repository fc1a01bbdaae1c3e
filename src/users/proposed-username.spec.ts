import { describe, expect, it } from '@jest/globals';
import { weaknessOfUsername } from './username-rules.js';
import { proposedUsernames } from './proposed-username.js';

const first = (...names: string[]) => proposedUsernames(names).next().value as string;

describe('a proposed username', () => {
  it.each([
    ['ann', ['ann', 'other']],
    ['ann', ['ann@example.com']],
    ['Ann.Example', ['Ann Example']],
    ['Zoë', [' Zoë!']],
    ['안녕', ['안녕']],
    ['ann', ['ａｎｎ']],
    ['ann', ['!!', '@example.com', '..ann--']],
    ['user', []],
    ['user', ['@', '💥', '---']],
    ['scriptalert1', ['<script>alert(1)']],
    ['Иван', ['Иван']],
    ['हिन्दी.नाम', ['हिन्दी नाम']],
    ['สมชายดี', ['!\u0E35สมชายดี']],
    ['ශ්රී', ['ශ්\u200Dරී']],
    ['ann', ['a\u0301\u0302\u0303\u0304\u0305\u0306nn', 'ann']],
    ['ivan', ['Иван Petrov', 'ivan@example.com']],
    ['user', ['r\u043Eot']],
    ['user', ['\u3164']],
  ] as [string, string[]][])('%s', (expected, names) => {
    expect(first(...names)).toBe(expected);
  });

  it('keeps to the rules of usernames, whatever the name and however many are taken', () => {
    for (const name of [
      'ann',
      'x'.repeat(254),
      'कि'.repeat(120),
      '\u0301'.repeat(200),
      '𠮷'.repeat(100),
      '💥',
      'r\u043Eot',
    ]) {
      const names = proposedUsernames([name]);
      const proposed = Array.from({ length: 20 }, () => names.next().value as string);
      for (const one of proposed) {
        expect(weaknessOfUsername(one)).toBeUndefined();
        expect(one.length).toBeLessThanOrEqual(150);
      }
      expect(new Set(proposed).size).toBeGreaterThan(15);
    }
  });
});
