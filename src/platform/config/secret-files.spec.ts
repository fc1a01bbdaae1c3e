import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from './config-error.js';
import { loadConfig } from './load-config.js';
import { SECRET_VARIABLES, withSecretFiles } from './secret-files.js';

const SECRET = 'q8VJ0n2sX1bYc7Lw4RkZt9Ed6Hg3Mf5P';
const DIRECT = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://app:secret@db.internal:5432/app',
  PUBLIC_URL: 'https://accounts.example.com',
  APP_SECRET: SECRET,
  SMTP_URL: 'smtps://app:secret@mail.internal:465',
  APP_SECRET_PREVIOUS: 'bT5xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a',
  METRICS_TOKEN: 'mT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6a',
  TRUSTED_CLIENT_SECRET: 'cT4xKe8Wz1Qn4RvY7uHj0LsDc3MfGp6c',
  OIDC_GOOGLE_CLIENT_ID: 'id',
  OIDC_GOOGLE_CLIENT_SECRET: 'a secret',
};
const NAMES = [...SECRET_VARIABLES, 'OIDC_GOOGLE_CLIENT_SECRET'];
/** What each is called that no file can hold, and what the sentence says after the name of the variable. */
const UNUSABLE = {
  missing: 'names a file that does not exist.',
  'missing/further': 'names a file that does not exist.',
  unreadable: 'names a file that this user may not read.',
  empty: 'names a file that is empty.',
  blank: 'names a file that is empty.',
  huge: 'names a file of more than 64 KiB.',
  folder: 'names a directory, not a file.',
  pipe: 'names a device or a pipe, not a file.',
  binary: 'names a file that is not UTF-8 text.',
};
const NOBODY = 65_534;

describe('a secret in a file', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'));
    chmodSync(folder, 0o755);
    writeFileSync(path('unreadable'), SECRET, { mode: 0 });
    writeFileSync(path('empty'), '');
    writeFileSync(path('blank'), ' \n\n');
    writeFileSync(path('huge'), 'x'.repeat(65_537));
    writeFileSync(path('binary'), Buffer.from([0xff, 0xfe, 0x80]));
    mkdirSync(path('folder'));
    execFileSync('mkfifo', [path('pipe')]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What the configuration says of these variables, read by a user who is not root. */
  const problems = (variables: Record<string, string>): string[] => {
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(NOBODY);
    try {
      loadConfig(variables);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  };
  const without = (name: string) =>
    Object.fromEntries(Object.entries(DIRECT).filter(([other]) => other !== name));

  it('configures the same as in a variable, with one line break at its end or none', () => {
    const expected = loadConfig(DIRECT);
    for (const ending of ['', '\n', '\r\n']) {
      const files = NAMES.flatMap((name) => {
        const text = (DIRECT as Record<string, string>)[name];
        if (text === undefined) return [];
        writeFileSync(path(name), `${text}${ending}`);
        return [[`${name}_FILE`, path(name)]];
      });
      const rest = Object.entries(DIRECT).filter(([name]) => !NAMES.includes(name));
      expect(loadConfig(Object.fromEntries([...rest, ...files]))).toEqual(expected);
    }
  });

  it('loses one line break, not two, and nothing else', () => {
    const read = (text: string) => {
      writeFileSync(path('text'), text);
      return withSecretFiles({ APP_SECRET_FILE: path('text') }).variables.APP_SECRET;
    };
    expect(read(' a\nb \n\n')).toBe(' a\nb \n');
    expect(read('\uFEFFa')).toBe('a');
  });

  it.each(NAMES)('%s: says in one sentence why it cannot be read', (name) => {
    for (const [file, reason] of Object.entries(UNUSABLE)) {
      const found = problems({ ...without(name), [`${name}_FILE`]: path(file) });
      expect({ file, found }).toEqual({ file, found: [`${name}_FILE ${reason}`] });
    }
    const both = problems({ ...DIRECT, [name]: SECRET, [`${name}_FILE`]: path('empty') });
    expect(both[0]).toBe(`${name}_FILE and ${name} are both set. Set one of them.`);
    // A secret that stands where its path should.
    const [swapped] = problems({ ...without(name), [`${name}_FILE`]: SECRET });
    expect(swapped).toBe(`${name}_FILE names a file that does not exist.`);
  });

  it('counts as not set where the variable is empty', () => {
    expect(problems({ ...DIRECT, APP_SECRET_FILE: '', METRICS_TOKEN_FILE: ' ' })).toEqual([]);
  });

  it('can be each variable that holds one', () => {
    const source = readFileSync(join(import.meta.dirname, 'environment.ts'), 'utf8');
    const declared = [...source.matchAll(/^ {2}([A-Z_]+)(?=\?| =)/gm)].map(([, name]) => name!);
    const secrets = declared.filter((name) =>
      /SECRET|PASSWORD$|TOKEN$|KEY$|^(DATABASE|DATABASE_DIRECT|SMTP)_URL$/.test(name),
    );
    expect(secrets.length).toBeGreaterThan(4);
    expect(secrets.filter((name) => !SECRET_VARIABLES.includes(name))).toEqual([]);
  });
});
