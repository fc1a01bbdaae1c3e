import { describe, expect, it } from '@jest/globals';
import { sectionsBetween } from './changelog.js';

const CHANGELOG = `# Changelog

## Unreleased

- Not yet.

## 0.10.0 - 2027-01-02

### Action needed

- Ten.

## 0.9.1

- Nine.

## 0.9.0

- Old.
`;

describe('the changelog between two versions', () => {
  it('has the later ones, oldest first, without what is not released', () => {
    expect(sectionsBetween(CHANGELOG, '0.9.0', '0.10.0')).toEqual([
      { version: '0.9.1', text: '- Nine.' },
      { version: '0.10.0', text: '### Action needed\n\n- Ten.' },
    ]);
  });

  it('is empty for the same version, and for an earlier one', () => {
    expect(sectionsBetween(CHANGELOG, '0.10.0', '0.10.0')).toEqual([]);
    expect(sectionsBetween(CHANGELOG, '0.10.0', '0.9.0')).toEqual([]);
  });
});
