import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const filesOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|md)$/.test(name))
    .map((name) => `${folder}/${name}`);

/** `[A47]`, `ATTACKS A47` and `[A16] [A24]`, as titles and comments cite them. */
const idsIn = (text: string) => [
  ...[...text.matchAll(/\[(A\d{2,3})\]/g)].map(([, id]) => id!),
  ...[...text.matchAll(/ATTACKS ((?:A\d{2,3}(?:, | and )?)+)/g)].flatMap(([, ids]) =>
    ids!.match(/A\d{2,3}/g)!,
  ),
];

const ROWS = [
  ...read('docs/attacks.md').matchAll(
    /^\| (A\d{2,3}) +\| (.+?) +\| (.+?) +\| \[`([^`]+)`\]\(\.\.\/test\/([^)]+)\) +\|$/gm,
  ),
].map(([, id, attack, answer, name, file]) => ({ id: id!, attack, answer, name, file: file! }));

describe('docs/attacks.md', () => {
  it('has every id that code, tests and pages cite', () => {
    const cited = new Set(
      [...filesOf('src'), ...filesOf('test'), ...filesOf('docs'), ...filesOf('bench')]
        .filter((file) => !['docs/attacks.md', 'test/docs/attacks-page.test.ts'].includes(file))
        .flatMap((file) => idsIn(read(file))),
    );
    expect(cited.size).toBeGreaterThan(50);
    const known = new Set(ROWS.map(({ id }) => id));
    expect([...cited].filter((id) => !known.has(id))).toEqual([]);
  });

  it('names each id once, with a test that cites it', () => {
    const ids = ROWS.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(read('docs/attacks.md').match(/^\| A\d+/gm)).toHaveLength(ROWS.length);
    const uncited = ROWS.filter(
      ({ id, name, file }) => name !== file || !idsIn(read(`test/${file}`)).includes(id),
    );
    expect(uncited).toEqual([]);
  });
});
