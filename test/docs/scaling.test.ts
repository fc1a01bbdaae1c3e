import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8').replaceAll(/ {2,}/g, ' ');
const page = read('docs/scaling.md');
const performance = read('docs/performance.md');

/** The first number of a row of "What was measured". */
function measured(row: string): number {
  const [, cell] = new RegExp(`^\\| ${row}[^|]*\\| (.*) \\|$`, 'm').exec(page)!;
  return Number(/[\d.,]+\d/.exec(cell!)![0].replaceAll(',', ''));
}

/** With two significant digits. */
function rounded(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}

const ACCOUNTS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8];
const CONNECTIONS = 18;

/** By the formulas and the assumptions of the page. */
function rowFor(accounts: number): string {
  const atPeak = (each: number) => ((accounts * 0.1 * each) / 86_400) * 4;
  const [guarded, refreshes, signIns] = [atPeak(100), atPeak(4), atPeak(0.2)];
  const cores =
    guarded / measured('guarded requests') +
    (refreshes * 2) / measured('refreshes') +
    (signIns * 2) / measured('sign-ins');
  const instances = Math.max(2, Math.ceil((cores * 2) / 2));
  const cells = [
    accounts.toLocaleString('en'),
    ...[guarded, refreshes * 600, refreshes, signIns].map(rounded),
    instances,
    instances * CONNECTIONS,
  ];
  return `| ${cells.join(' | ')} |`;
}

describe('docs/scaling.md', () => {
  it.each([
    ['guarded requests, answered', /\| 19,000 \| the same: /],
    ['sign-ins', /\| login \| .*? \| 6\.0 a s \| .*? \| 0\.95 \|/],
    ['refreshes', /\| refresh \| .*? \| 770 a s \|/],
    ['a guarded request that has to ask', /\| 0\.67 ms \| 0\.67 ms \|/],
    ['a guarded request while', /\| storm \| .*? \| 13 ms \| at rest: 11 ms/],
    ['a sign-out', /\| revoke \| .*? \| p99 23\.1 ms \|/],
    ['memory', /\| 149 MB \|/],
    [
      'among a million',
      /of a thousand: 5\.5 ms \| 1\.12 \|[^]*refresh \| 2\.0 ms \| 1\.3 ms \| 1\.52 \|/,
    ],
  ])('takes its figure of %s from the bench', (row, inBench) => {
    expect(page).toMatch(new RegExp(`^\\| ${row}`, 'm'));
    expect(performance).toMatch(inBench);
    // What is a figure there is the same figure here.
    const [, cell] = new RegExp(`^\\| ${row}[^|]*\\| (.*) \\|$`, 'm').exec(page)!;
    const [figure] = /[\d.,]+\d/.exec(cell!)!;
    expect(inBench.source.replaceAll('\\', '')).toContain(figure);
  });

  it('derives its table by the formulas that it shows', () => {
    const [, table] = /\| connections at most \|\n\|[-| ]+\|\n((?:\|.*\|\n)+)/.exec(page)!;
    expect(table!.trim().split('\n')).toEqual(ACCOUNTS.map(rowFor));
    expect(read('docs/poolers.md')).toContain(`| **in all** | **${CONNECTIONS}** |`);
  });

  it('watches metrics that there are', () => {
    const metrics = read('docs/operations.md');
    const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(8);
    const isOurs = (name: string) => metrics.includes(`| \`${name}\` `);
    expect(named.filter((name) => !isOurs(name) && !/^(nodejs|process)_/.test(name))).toEqual([]);
  });
});
