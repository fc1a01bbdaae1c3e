import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '../../src/http/problem-catalogue.js';
import { ROOT } from '../support/process.js';

describe('docs/errors.md', () => {
  it('lists every problem with its status', () => {
    const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').replaceAll(/ {2,}/g, ' ');
    const documented = [...page.matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)];
    expect(documented.map(([, status, code]) => [code, Number(status)])).toEqual(
      Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
    );
  });
});
