import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Environment } from '../../src/platform/config/environment.js';
import { SECRET_VARIABLES } from '../../src/platform/config/secret-files.js';
import { ROOT } from '../support/process.js';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
/** With its tables as narrow as they can be written. */
const page = read('docs/configuration.md').replaceAll(/ {2,}/g, ' ');

describe('docs/configuration.md', () => {
  it('documents every variable that is read, as .env.example does, with its default', () => {
    const defaults = new Environment() as unknown as Record<string, string | number | undefined>;
    const names = read('src/platform/config/environment.ts').match(/^ {2}([A-Z_]+)(?=\?| =)/gm)!;
    expect(names.length).toBeGreaterThan(12);
    const example = read('.env.example');
    for (const name of names.map((line) => line.trim())) {
      const row = new RegExp(`^\\| \`${name}\` \\| (.*?) \\|`, 'm').exec(page);
      expect({ name, isDocumented: row !== null }).toEqual({ name, isDocumented: true });
      const value = defaults[name];
      expect(example).toMatch(new RegExp(`^${name}=${value ?? ''}$`, 'm'));
      if (value !== undefined) expect(row![1]).toContain(`\`${value}\``);
    }
  });

  it('names every secret that a file may hold', () => {
    const [, paragraph] = /`<NAME>_FILE` names([^|]*)\|/.exec(page)!;
    const [header] = read('.env.example').split('NODE_ENV=');
    for (const name of SECRET_VARIABLES) {
      expect(paragraph).toContain(`\`${name}\``);
      expect(header).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });
});
