import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '../../http/problem-catalogue.js';
import { textForPeople } from './problem-texts.js';

const FOR_PROGRAMS =
  /\/api\b|https?:|\btokens?\b|\bheaders?\b|\bJSON\b|"errors"|Content-Type|\bmethod\b|\brequest (body|breaks)\b|\bcredentials\b|send its/i;

const METHODS = /\b(GET|POST|PUT|PATCH|DELETE)\b/;

describe('what pages say about a problem', () => {
  it.each(Object.entries(PROBLEMS))('%s is said to people', (code, { detail }) => {
    const text = textForPeople(code, detail);
    expect(text).not.toMatch(FOR_PROGRAMS);
    expect(text).not.toMatch(METHODS);
  });

  it('leaves a sentence that was written for the case', () => {
    expect(textForPeople('validation_failed', 'This password is too common.')).toBe(
      'This password is too common.',
    );
  });
});
