import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```$/gm, '');

/** What GitHub makes of the headings of a page. */
function anchorsOf(file: string): string[] {
  return [...withoutCode(read(file)).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const isThere = (file: string) => statSync(join(ROOT, file), { throwIfNoEntry: false });

describe('the documentation', () => {
  it('links only to what is there', () => {
    const dead = PAGES.flatMap((page) =>
      [...withoutCode(read(page)).matchAll(/\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)/g)]
        .filter(([, target, anchor]) => {
          const file = target === '' ? page : join(page, '..', target!);
          if (!isThere(file)) return true;
          return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
        })
        .map(([link]) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it('names the reader of a page in its first sentence', () => {
    // Written by commands, for those who change what they list.
    const generated = new Set(
      ['access.md', 'api.md', 'api-report.md', 'asvs.md'].map((name) => `docs/${name}`),
    );
    const pages = PAGES.filter((page) => /^docs\/[\w-]+\.md$/.test(page));
    const firstSentence = (page: string) => read(page).split('\n\n')[1]!;
    expect(
      pages.filter((page) => !generated.has(page) && !/^For \w+/.test(firstSentence(page))),
    ).toEqual([]);
  });

  it('leads to every page from its index', () => {
    const links = new Set(
      [...read('docs/README.md').matchAll(/\]\(([^)#]*)/g)].map(([, target]) => target),
    );
    const pages = readdirSync(join(ROOT, 'docs'))
      .filter((file) => file.endsWith('.md'))
      // Written by a command, for those who change the public door.
      .filter((file) => file !== 'README.md' && file !== 'api-report.md');
    expect(pages.filter((file) => !links.has(file))).toEqual([]);
  });
});
