import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AUDIT_ACTIONS } from '../../src/audit/audit-actions.js';
import { ROOT } from '../support/process.js';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const access = read('docs/access.md');
const commands = read('docs/commands.md');
const configuration = read('docs/configuration.md');
const door = read('docs/api.md');
const declarations = read('docs/api-report.md');

/** What the last columns of the tables of a page name in code: what is here. */
function namedBy(page: string): string[] {
  const rows = read(page).matchAll(/^\|[^|]+\|(.*)\|$/gm);
  return [...rows].flatMap(([, here]) =>
    [...here!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!),
  );
}

/** The parts of code that a pattern finds, each once. */
function parts(codes: string[], pattern: RegExp): string[] {
  return [...new Set(codes.flatMap((code) => [...code.matchAll(pattern)].map(([, one]) => one!)))];
}

describe.each(['docs/if-you-know-django.md', 'docs/if-you-know-nest.md'])('%s', (page) => {
  const codes = namedBy(page);
  it('has tables', () => expect(codes.length).toBeGreaterThan(30));

  it('names routes that there are', () => {
    const paths = parts(codes, /(?:^|\s)(\/(?:accounts|admin|api|health)[\w/:-]*)/g);
    expect(paths.filter((path) => !access.includes(`| \`${path}\``))).toEqual([]);
  });

  it('names commands that there are', () => {
    const words = parts(codes, /npx gatehouse ([\w:]+(?: failed| list| rotate| retry)?)/g);
    expect(words.filter((word) => !new RegExp(`\`${word}[\` ]`).test(commands))).toEqual([]);
  });

  it('names variables that there are', () => {
    const names = parts(
      codes.filter((code) => /^[A-Z]+_[A-Z_]+$/.test(code)),
      /^(.*)$/g,
    );
    expect(names.filter((name) => !configuration.includes(`| \`${name}\` `))).toEqual([]);
  });

  it('names options, decorators and functions of the public door', () => {
    const options = parts(codes, /forRoot\(\{ (\w+)/g);
    expect(options.filter((name) => !declarations.includes(`  ${name}?:`))).toEqual([]);
    const decorators = parts(codes, /@([A-Z]\w+)\(/g);
    const ofOthers = /^(Get|Post|UseGuards|ManyToOne|Controller|ApiTags|ApiOkResponse)$/;
    const ours = decorators.filter((name) => !ofOthers.test(name));
    const functions = parts(codes, /\b(define\w+|holds|startTestApp)\(/g);
    const names = [...ours, ...functions.filter((name) => name !== 'startTestApp')];
    expect(names.filter((name) => !door.includes(`- \`${name}\``))).toEqual([]);
    expect(functions.length).toBeGreaterThan(1);
  });

  it('names account events that there are', () => {
    const events = parts(codes, /'([a-z_]+)'/g).filter((name) =>
      codes.some((code) => code.startsWith('@OnAccount') && code.includes(`'${name}'`)),
    );
    const known = events.filter((name) => name !== 'commit');
    expect(known.filter((name) => !(`user.${name}` in AUDIT_ACTIONS))).toEqual([]);
  });
});
