import { describe, expect, it } from '@jest/globals';
import { mergeJson } from './merge-json.js';

const text = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
const merged = (base: object, ours: object, theirs: object) =>
  mergeJson({ base: text(base), ours: text(ours), theirs: text(theirs) });

describe('JSON that both sides changed', () => {
  it('is merged by its keys: packages next to each other are no conflict', () => {
    const base = { name: 'a', dependencies: { b: '1', d: '1', f: '1' } };
    const ours = { name: 'mine', dependencies: { b: '1', c: '1', d: '1', f: '1' } };
    const theirs = { name: 'a', dependencies: { b: '2', d: '2', e: '1' }, type: 'module' };
    expect(merged(base, ours, theirs)).toBe(
      text({ name: 'mine', dependencies: { b: '2', c: '1', d: '2', e: '1' }, type: 'module' }),
    );
  });

  it('has a conflict where one value was changed in two ways, or deleted and changed', () => {
    expect(merged({ a: 1 }, { a: 2 }, { a: 3 })).toBeUndefined();
    expect(merged({ a: 1 }, {}, { a: 3 })).toBeUndefined();
    expect(merged({ a: [1] }, { a: [1, 2] }, { a: [1, 3] })).toBeUndefined();
    expect(merged({}, { a: 2 }, { a: 2 })).toBe(text({ a: 2 }));
  });

  it('is left to a merge of lines when it is not JSON', () => {
    expect(mergeJson({ base: '{}', ours: '{ // mine\n}', theirs: '{}\n' })).toBeUndefined();
  });
});
