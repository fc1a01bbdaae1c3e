import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../support/accounts.js';
import { Product } from '../support/product.js';

const BINARY = 'node_modules/gatehouse/dist/src/bin.js';

describe('npx gatehouse', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create({ 'lib/app.module.js': 'export const Other = 1;' });
  });
  afterAll(() => product.remove());

  const writePackage = (more: object) =>
    product.write({ 'package.json': JSON.stringify({ name: 'shop', type: 'module', ...more }) });

  it('runs commands with the application of the product', async () => {
    const words = ['createsuperuser', '--noinput', '--username=root', '--email=root@example.com'];
    const { code, output } = await product.runCommandWith(
      { SUPERUSER_PASSWORD: PASSWORD },
      ...words,
    );
    expect([code, output]).toEqual([0, 'Superuser root was created.\n']);
  });

  it('shows its help with its own name, and the commands on the files of the product', async () => {
    const { code, output } = await product.runCommand('--help');
    expect(code).toBe(0);
    expect(output).toMatch(/^Usage: npx gatehouse \[options\] \[command\]$/m);
    expect(output).toMatch(/^ {2}build +Build the product/m);
  });

  it('refuses a command that there is not', async () => {
    const { code, output } = await product.runCommand('nonsense');
    expect([code, output]).toEqual([2, expect.stringContaining(`unknown command 'nonsense'`)]);
  });

  it.each([
    ['lib/none.js', /^lib\/none\.js does not exist: .* is not built\. Run: npm run build$/m],
    ['lib/app.module.js', /^lib\/app\.module\.js does not export AppModule\.$/m],
    [7, /package\.json: "gatehouse": \{ "module" \} is not a path\./],
  ])('says what is wrong with the module %j', async (module, sentence) => {
    await writePackage({ gatehouse: { module } });
    const { code, output } = await product.runCommand('users', 'list');
    expect([code, output]).toEqual([1, expect.stringMatching(sentence)]);
    expect(output).not.toContain(' at ');
  });

  it('says what a folder lacks', async () => {
    await product.write({ 'package.json': '{' });
    expect(await product.runFile(BINARY)).toEqual({
      code: 1,
      output: expect.stringMatching(/package\.json cannot be read: /),
    });
  });

  it('builds what was changed since the latest build, and nothing else', async () => {
    const build = "node -e \"console.log(fs.readFileSync('src/one.ts', 'utf8'))\"";
    await product.write({ 'src/one.ts': 'export const one = 1;' });
    await writePackage({ scripts: { build } });
    const inAnHour = Date.now() / 1000 + 3600;
    utimesSync(join(product.folder, 'src/one.ts'), inAnHour, inAnHour);
    expect(await product.runCommand('build')).toEqual({
      code: 0,
      output: 'Building shop.\nexport const one = 1;\n',
    });
    utimesSync(join(product.folder, 'src/one.ts'), 1, 1);
    expect(await product.runCommand('build')).toEqual({ code: 0, output: '' });
  });

  it('ends with the code of a build that failed, and runs nothing', async () => {
    await writePackage({ scripts: { build: 'exit 3' } });
    await product.write({ 'migrations/2-Late.sql': '' });
    const { code, output } = await product.runCommand('users', 'list');
    expect([code, output]).toEqual([3, 'Building shop.\n']);
  });
});
