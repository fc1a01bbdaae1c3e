// Writes src/common/look-alike-letters.ts from Unicode's confusables.txt (UTS 39), which is given as a file:
// https://www.unicode.org/Public/security/latest/confusables.txt
// What usernames cannot contain is left out. Skeletons are stored: another table needs a migration that makes them anew.
import { readFileSync, writeFileSync } from 'node:fs';

const [, , source] = process.argv;
if (!source) throw new Error('usage: node scripts/look-alikes.mjs <confusables.txt>');

const text = readFileSync(source, 'utf8');
const version = /^# Version: (\S+)/m.exec(text)?.[1];
const prototypes = new Map(
  [...text.matchAll(/^([0-9A-F]{4,6}) ;\t([0-9A-F ]+) ;\tMA/gm)].map(([, one, many]) => [
    charactersOf(one),
    charactersOf(many),
  ]),
);
if (!version || prototypes.size < 6_000) throw new Error(`${source} is no confusables.txt`);

const SCRIPTS =
  /[\p{scx=Zyyy}\p{scx=Zinh}\p{scx=Arab}\p{scx=Armn}\p{scx=Beng}\p{scx=Bopo}\p{scx=Cyrl}\p{scx=Deva}\p{scx=Ethi}\p{scx=Geor}\p{scx=Grek}\p{scx=Gujr}\p{scx=Guru}\p{scx=Hang}\p{scx=Hani}\p{scx=Hebr}\p{scx=Hira}\p{scx=Knda}\p{scx=Kana}\p{scx=Khmr}\p{scx=Laoo}\p{scx=Latn}\p{scx=Mlym}\p{scx=Mymr}\p{scx=Orya}\p{scx=Sinh}\p{scx=Taml}\p{scx=Telu}\p{scx=Thaa}\p{scx=Thai}\p{scx=Tibt}]/u;

/** What a name is made of after normalisation, and what that turns into on its way to a skeleton. */
const needed = new Set();
for (let code = 0; code < 0x110000; code++) {
  const one = String.fromCodePoint(code);
  if (/[\p{L}\p{N}.@+\-_]/u.test(one) && SCRIPTS.test(one) && one.normalize('NFKC') === one) {
    add(one);
  }
}

function add(characters) {
  for (const one of characters.normalize('NFD')) {
    if (needed.has(one)) continue;
    needed.add(one);
    const prototype = prototypes.get(one) ?? one;
    add(prototype);
    add(prototype.toUpperCase().toLowerCase());
  }
}

const groups = new Map();
for (const [one, prototype] of prototypes) {
  if (!needed.has(one)) continue;
  groups.set(prototype, [...(groups.get(prototype) ?? []), one]);
}
const lines = [...groups].map(
  ([prototype, all]) => `${codesOf(prototype, '+')} ${all.map((one) => codesOf(one)).join(' ')}`,
);
writeFileSync(
  'src/common/look-alike-letters.ts',
  `/**
 * Letters that look like others, made by scripts/look-alikes.mjs from confusables.txt ${version} (UTS 39) of Unicode,
 * Inc., under the Unicode License v3 (https://www.unicode.org/license.txt). In each line a prototype, and what
 * looks like it, as code points.
 */
export const LOOK_ALIKE_LETTERS = \`
${lines.join('\n')}
\`;
`,
);

function charactersOf(codes) {
  return String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
}

function codesOf(characters, separator) {
  return [...characters].map((one) => one.codePointAt(0).toString(16)).join(separator);
}
