import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const SCRIPT = join(ROOT, 'scripts/asvs.mjs');
const REQUIREMENTS = 'docs/asvs/requirements.txt';

/** What the script says in a folder, without its counts. */
function check(folder: string): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line && !/^L\d: /.test(line));
}

describe('the scorecard of ASVS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-asvs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is what the tests say, and every requirement of level 1 has a test or a document', () => {
    expect(check(ROOT)).toEqual([]);
  });

  it('has every requirement that applies, once', () => {
    const lines = readFileSync(join(ROOT, REQUIREMENTS), 'utf8').split('\n');
    const rows = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(' | '));
    const ofLevel = (level: string) => rows.filter((row) => row[1] === level);
    expect([ofLevel('1'), ofLevel('2'), ofLevel('3')].map((list) => list.length)).toEqual([
      58, 137, 55,
    ]);
    expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
    for (const [id, , text] of rows) {
      expect(id).toMatch(/^\d+\.\d+\.\d+$/);
      expect(text).toMatch(/\w/);
    }
  });

  it('notices what is missing, gone, unknown or out of date', () => {
    mkdirSync(join(folder, 'docs/asvs'), { recursive: true });
    mkdirSync(join(folder, 'test'));
    cpSync(join(ROOT, 'SECURITY.md'), join(folder, 'SECURITY.md'));
    const tag = (id: string) => `it('does something [ASVS ${id}]', () => {});\n`;
    const requirements = [
      '1.1.1 | 2 | said nothing about |',
      '1.2.1 | 1 | put off | later some day',
      '1.2.2 | 1 | left open | open no time',
      '2.1.1 | 1 | with a document | doc SECURITY.md#times-to-a-fix',
      '2.1.2 | 2 | with a heading that is gone | doc SECURITY.md#nowhere',
      '2.1.3 | 2 | with a file that is gone | doc docs/nowhere.md#at-all',
      '7.4.1 | 1 | with a test |',
      '7.4.2 | 1 | with a test and an old note | open nobody tests it',
      '7.4.3 | 2 | with a test of a part | partly the other part',
    ];
    writeFileSync(join(folder, REQUIREMENTS), requirements.join('\n'));
    writeFileSync(
      join(folder, 'test/a.test.ts'),
      ['7.4.1, 7.4.2, 7.4.3', '9.9.9'].map(tag).join(''),
    );
    expect(check(folder)).toEqual([
      `test/a.test.ts: ASVS 9.9.9 is not in ${REQUIREMENTS}`,
      'ASVS 1.1.1 has neither a test nor a note that says why',
      'ASVS 1.2.1 is of level 1 and has neither a test nor a document',
      'ASVS 1.2.2 is of level 1 and has neither a test nor a document',
      'ASVS 2.1.2 points to SECURITY.md#nowhere, which is gone',
      'ASVS 2.1.3 points to docs/nowhere.md#at-all, which is gone',
      'ASVS 7.4.2 has a test: its note "open …" is out of date',
      'docs/asvs.md is not what the tests say: npm run asvs',
    ]);
  });
});
