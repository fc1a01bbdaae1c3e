import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { renderTemplate, VERSION } from '../../create/render-template.js';
import { Product } from '../support/product.js';

const NOW = Object.fromEntries(renderTemplate({ name: 'shop', example: false }));

/** A rendering of an earlier version: some files had other texts, one was not there, one is no longer written. */
const BEFORE: Record<string, string> = {
  ...NOW,
  Dockerfile: NOW.Dockerfile!.replaceAll('node:24', 'node:22'),
  'README.md': NOW['README.md']!.replace('In production, with Docker:', 'In production:'),
  '.dockerignore': `# Old.\n${NOW['.dockerignore']}`,
  '.env.example': NOW['.env.example']!.replace('PORT=3000', 'PORT=2000'),
  'docker-compose.yml': NOW['docker-compose.yml']!,
  'jest.config.js': 'export default {};\n',
  'old.txt': 'no longer written\n',
};
delete BEFORE['test/app.test.ts'];

const record = (more: object = {}) =>
  `${JSON.stringify({ version: '0.1.0', name: 'shop', example: false, files: BEFORE, ejected: {}, ...more }, null, 2)}\n`;

/** What the product made of these files. */
const CHANGED = {
  'README.md': `${BEFORE['README.md']}\nThe shop of Northwind.\n`,
  'docker-compose.yml': BEFORE['docker-compose.yml']!.replace('8025:8025', '9025:8025'),
  'old.txt': 'mine now\n',
};

describe('npx gatehouse update', () => {
  let product: Product;
  beforeAll(async () => {
    // What is the product's from the beginning is as it would be written now.
    const { 'package.json': _, 'src/main.ts': __, 'src/app.module.ts': ___, ...rest } = BEFORE;
    product = await Product.create({ ...rest, ...CHANGED, '.gatehouse.json': record() });
  });
  afterAll(() => product.remove());

  const read = (path: string) => readFileSync(join(product.folder, path), 'utf8');
  const write = (path: string, text: string) => writeFileSync(join(product.folder, path), text);
  const update = (...words: string[]) => product.runCommand('update', '--files-only', ...words);

  it('shows what it would do, and changes nothing', async () => {
    const before = read('.gatehouse.json');
    const { code, output } = await update('--dry-run');
    expect(code).toBe(0);
    expect(output).toMatch(/^rewritten Dockerfile$/m);
    expect(read('Dockerfile')).toBe(BEFORE.Dockerfile);
    expect(read('.gatehouse.json')).toBe(before);
  });

  it('rewrites, merges, adds and removes files, migrates and checks', async () => {
    const { code, output } = await product.runCommand('update');
    expect([code, output]).toEqual([0, expect.stringContaining('# What is new in 0.2.0')]);
    const lines = output.match(/^(added|rewritten|merged|removed|left|conflict) .*$/gm);
    expect(lines!.toSorted()).toEqual([
      'added     test/app.test.ts',
      'left      old.txt (Gatehouse no longer writes it, and you changed it)',
      'merged    README.md',
      'removed   jest.config.js',
      'rewritten .dockerignore',
      'rewritten .env.example',
      'rewritten Dockerfile',
    ]);
    for (const path of ['Dockerfile', '.dockerignore', '.env.example', 'test/app.test.ts']) {
      expect([path, read(path)]).toEqual([path, NOW[path]]);
    }
    expect(read('README.md')).toBe(`${NOW['README.md']}\nThe shop of Northwind.\n`);
    expect(read('docker-compose.yml')).toBe(CHANGED['docker-compose.yml']);
    expect(read('old.txt')).toBe('mine now\n');
    expect(existsSync(join(product.folder, 'jest.config.js'))).toBe(false);
    expect(JSON.parse(read('.gatehouse.json'))).toMatchObject({ version: VERSION, files: NOW });
    expect(output).toMatch(/The database is up to date\.[^]*Nothing found\./);
  });

  it('has nothing to do a second time', async () => {
    const before = read('.gatehouse.json');
    const { code, output } = await update();
    expect(code).toBe(0);
    expect(output).toMatch(`Nothing to do: the files are as Gatehouse ${VERSION} writes them.`);
    expect(output).not.toMatch(/^(added|rewritten|merged|removed|left|conflict) |What is new/m);
    expect(read('.gatehouse.json')).toBe(before);
  });

  it('leaves a file alone that both sides changed, until one of them is chosen', async () => {
    const base = NOW['.env.example']!.replace('TRUST_PROXY=0', 'TRUST_PROXY=1');
    const mine = NOW['.env.example']!.replace('TRUST_PROXY=0', 'TRUST_PROXY=2');
    const files = { ...NOW, '.env.example': base };
    write('.env.example', mine);
    write('.gatehouse.json', record({ version: VERSION, files }));
    for (let time = 0; time < 2; time++) {
      const { code, output } = await update();
      expect(code).toBe(1);
      expect(output).toMatch(/^conflict {2}\.env\.example: both sides changed the same lines/m);
      expect(output).toContain(
        '<<<<<<< yours\nTRUST_PROXY=2\n||||||| as it was written\nTRUST_PROXY=1\n=======\nTRUST_PROXY=0\n>>>>>>> Gatehouse\n',
      );
      expect(read('.env.example')).toBe(mine);
    }
    expect((await update('--keep', 'other.txt')).output).toContain('does not write other.txt');
    expect((await update('--keep', '.env.example')).code).toBe(0);
    expect((await update()).output).toContain('Nothing to do');
    expect(read('.env.example')).toBe(mine);
  });

  it('writes nothing through a symbolic link, and nothing outside of the product', async () => {
    const outside = join(product.folder, '../gatehouse-outside.txt');
    writeFileSync(outside, BEFORE.Dockerfile!);
    rmSync(join(product.folder, 'Dockerfile'));
    symlinkSync(outside, join(product.folder, 'Dockerfile'));
    write('.gatehouse.json', record({ files: { ...NOW, Dockerfile: BEFORE.Dockerfile } }));
    const { code, output } = await update();
    expect([code, output]).toEqual([
      0,
      expect.stringContaining('left      Dockerfile (it is not a plain file)'),
    ]);
    expect(readFileSync(outside, 'utf8')).toBe(BEFORE.Dockerfile);

    const escaping = '../gatehouse-outside.txt';
    write('.gatehouse.json', record({ files: { ...NOW, [escaping]: BEFORE.Dockerfile } }));
    const refused = await update();
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining('"../gatehouse-outside.txt" is not a file of this product.'),
    ]);
    expect(readFileSync(outside, 'utf8')).toBe(BEFORE.Dockerfile);
    rmSync(outside);
  });

  it.each([
    ['{', /^\.gatehouse\.json cannot be used\. Restore it from your repository\.$/m],
    ['{"version":"0.1.0","files":{"a":1}}', /cannot be used/],
    ['{"version":"0.1.0","files":{},"ejected":{"a":{}}}', /cannot be used/],
  ])('refuses the record %j', async (text, sentence) => {
    write('.gatehouse.json', text);
    const { code, output } = await update();
    expect([code, output]).toEqual([1, expect.stringMatching(sentence)]);
  });

  it('refuses words that it does not have, and a product without a record', async () => {
    expect((await update('--nonsense')).output).toMatch(/^Unknown option '--nonsense'/);
    expect((await update('everything')).output).toBe('Unknown: everything\n');
    rmSync(join(product.folder, '.gatehouse.json'));
    const { code, output } = await update();
    expect([code, output]).toEqual([1, expect.stringMatching(/^There is no \.gatehouse\.json/)]);
  });
});
