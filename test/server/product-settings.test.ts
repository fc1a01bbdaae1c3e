import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { built } from '../support/built.js';
import { Product } from '../support/product.js';

const SETTINGS = `
import { defineSettings } from 'gatehouse';
export class FeedSettings extends defineSettings({
  DIRECTORY_URL: { type: 'url', help: 'the address of the directory' },
  DIRECTORY_TOKEN: { type: 'text', secret: true, pattern: /^[a-z]{8}$/ },
  FEED_SIZE: { type: 'integer', min: 1, max: 100, default: '20' },
  FEED_ORDER: { type: 'choice', of: ['newest', 'best'], default: 'newest' },
  FEED_LIFETIME: { type: 'duration', default: '10m' },
  FEED_TEASERS: { type: 'switch', default: 'off' },
  FEED_TITLE: { type: 'text', optional: true },
}) {
  get isLong() {
    return this.FEED_SIZE > 50;
  }
}`;
const COMPLETE = { DIRECTORY_URL: 'https://directory.example.com', DIRECTORY_TOKEN: 'abcdefgh' };

describe('the settings of a product', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({ 'src/feed.settings.ts': SETTINGS });
  });
  afterAll(() => product.remove());

  /** What the settings are, or the sentences about them. */
  async function read(variables: Record<string, string>) {
    const { Declarations } = await built<typeof import('../../src/common/declarations.js')>(
      'src/common/declarations.js',
    );
    const { readSettings } = await built<
      typeof import('../../src/platform/config/product-settings.js')
    >('src/platform/config/product-settings.js');
    return readSettings(new Declarations(join(product.folder, 'dist/src')), variables);
  }

  it('are typed values in a frozen object of its class', async () => {
    const { settings, problems } = await read({
      ...COMPLETE,
      FEED_SIZE: ' 60 ',
      FEED_ORDER: 'best',
      FEED_LIFETIME: '2h',
      FEED_TEASERS: 'on',
      FEED_TITLE: '',
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject([
      {
        ...COMPLETE,
        FEED_SIZE: 60,
        FEED_ORDER: 'best',
        FEED_LIFETIME: 7_200_000,
        FEED_TEASERS: true,
        FEED_TITLE: undefined,
        isLong: true,
      },
    ]);
    expect(Object.isFrozen(settings[0])).toBe(true);
  });

  it.each([
    [{ DIRECTORY_URL: '' }, 'DIRECTORY_URL is required: the address of the directory.'],
    [
      { DIRECTORY_URL: 'directory' },
      'DIRECTORY_URL must be an address that begins with https:// or http://.',
    ],
    [{ DIRECTORY_TOKEN: '' }, 'DIRECTORY_TOKEN is required.'],
    [{ DIRECTORY_TOKEN: 'S3cret' }, 'DIRECTORY_TOKEN must look like /^[a-z]{8}$/.'],
    [
      { DIRECTORY_TOKEN: '', DIRECTORY_TOKEN_FILE: '/nowhere/at/all' },
      'DIRECTORY_TOKEN_FILE names a file that does not exist.',
    ],
    [{ FEED_SIZE: '101' }, 'FEED_SIZE must be from 1 to 100.'],
    [{ FEED_SIZE: '1e1' }, 'FEED_SIZE must be a whole number.'],
    [{ FEED_ORDER: 'worst' }, 'FEED_ORDER must be one of newest, best.'],
    [
      { FEED_LIFETIME: '10' },
      'FEED_LIFETIME must be a whole number with a unit (s, m, h or d), such as 10m.',
    ],
    [{ FEED_TEASERS: 'yes' }, 'FEED_TEASERS must be on or off.'],
    [{ FEED_TITLE: 'a\u202Eb' }, 'FEED_TITLE must be one line without invisible characters.'],
  ])('%j: %s', async (variables, sentence) => {
    expect((await read({ ...COMPLETE, ...variables })).problems).toEqual([sentence]);
  });

  it('are read from the file that a secret names, without its last line break', async () => {
    const file = join(product.folder, 'token');
    writeFileSync(file, 'secretly\n');
    const { DIRECTORY_URL } = COMPLETE;
    const { settings, problems } = await read({ DIRECTORY_URL, DIRECTORY_TOKEN_FILE: file });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject([{ DIRECTORY_TOKEN: 'secretly' }]);
  });

  it('stop the start, listed together with ours', async () => {
    const { code, output } = await product.failToStart({ PORT: '70000', FEED_SIZE: '0' });
    expect({ code, lines: output.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [
        'Gatehouse cannot start with this configuration:',
        '  - PORT must be from 0 to 65535.',
        '  - DIRECTORY_URL is required: the address of the directory.',
        '  - DIRECTORY_TOKEN is required.',
        '  - FEED_SIZE must be from 1 to 100.',
      ],
    });
  });

  it('stop the start when ours are right', async () => {
    const { code, output } = await product.failToStart();
    expect({ code, lines: output.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [
        'Gatehouse cannot start with this configuration:',
        '  - DIRECTORY_URL is required: the address of the directory.',
        '  - DIRECTORY_TOKEN is required.',
      ],
    });
  });

  it('stop a command', async () => {
    const { code, output } = await product.runCommand('users', 'list');
    expect(code).toBe(1);
    expect(output).toContain('DIRECTORY_URL is required: the address of the directory.');
  });

  it('are reported by check', async () => {
    const { code, output } = await product.runCommand('check', '--json');
    expect(code).toBe(1);
    const { findings } = JSON.parse(output) as { findings: { id: string; what: string }[] };
    expect(findings.map(({ id, what }) => `${id} ${what}`)).toEqual([
      'gatehouse.E001 The configuration is wrong: DIRECTORY_URL is required: the address of the directory.',
      'gatehouse.E001 The configuration is wrong: DIRECTORY_TOKEN is required.',
    ]);
  });
});
