import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { built } from '../support/built.js';
import { ROOT } from '../support/process.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';

const { templateNames, templateOf } = await built<typeof import('../../src/project/templates.js')>(
  'src/project/templates.js',
);
const { PAGE_NAMES } = await built<typeof import('../../src/site/accounts/page-overrides.js')>(
  'src/site/accounts/page-overrides.js',
);
const { EMAILS } = await built<typeof import('../../src/platform/email/templates/emails.js')>(
  'src/platform/email/templates/emails.js',
);

describe('npx gatehouse eject', () => {
  let product: Product;
  beforeAll(writeDeclarations);
  beforeAll(async () => {
    product = await Product.create();
  });
  afterAll(() => product.remove());

  const read = (path: string) => readFileSync(join(product.folder, path), 'utf8');
  const write = (path: string, text: string) => writeFileSync(join(product.folder, path), text);
  const eject = (...words: string[]) => product.runCommand('eject', ...words);
  const copies = () =>
    (JSON.parse(read('.gatehouse.json')) as { ejected: Record<string, { text: string }> }).ejected;

  it('has every page and every email', async () => {
    expect(templateNames()).toEqual([
      ...PAGE_NAMES.map((name) => `page:${name}`),
      ...Object.keys(EMAILS).map((name) => `email:${name}`),
    ]);
    const { code, output } = await eject();
    expect(code).toBe(0);
    for (const name of templateNames()) expect(output).toContain(`\n  ${name}\n`);
  });

  it('makes copies that compile in a product, as views and emails of it', async () => {
    const templates = templateNames().map((name) => templateOf(name)!);
    const pages = templates.filter(({ toAdd }) => toAdd.length > 0);
    const options = pages.map(({ toAdd }) => /pages: \{ (.*) \} \}/.exec(toAdd[1]!)![1]!);
    const errors = await TypedProduct.check({
      'tsconfig.json': JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: { rootDir: '.', outDir: 'dist', noUnusedLocals: true },
        include: ['src'],
      }),
      ...Object.fromEntries(templates.map(({ path, text }) => [path, text])),
      'src/app.module.ts': `
        import { GatehouseModule } from 'gatehouse';
        ${pages.map(({ toAdd }) => toAdd[0]!).join('\n')}
        export const MODULE = GatehouseModule.forRoot({ root: '.', pages: { ${options.join(', ')} } });`,
    });
    expect(errors).toEqual([]);
  });

  it('shows the copies in the place of ours', async () => {
    expect(await eject('page:login')).toEqual({
      code: 0,
      output: `Wrote src/pages/login.page.tsx.
To have it shown, add to src/app.module.ts:

  import { LoginPage } from './pages/login.page.js';
  GatehouseModule.forRoot({ …, pages: { login: LoginPage } })
`,
    });
    const page = read('src/pages/login.page.tsx');
    expect(copies()['src/pages/login.page.tsx']).toMatchObject({
      template: 'page:login',
      text: page,
    });
    await product.write({
      'src/pages/login.page.tsx': page.replace('Forgot your password?', 'Lost your key?'),
      'src/app.module.ts': `
        import { Module } from '@nestjs/common';
        import { GatehouseModule } from 'gatehouse';
        import { LoginPage } from './pages/login.page.js';
        @Module({ imports: [GatehouseModule.forRoot({ root: import.meta.dirname, pages: { login: LoginPage } })] })
        export class AppModule {}`,
    });
    const { http, stop } = await product.start();
    const shown = await http.get('/accounts/login', { accept: 'text/html' });
    await stop();
    expect(shown.text).toContain('Lost your key?');
    expect(shown.text).toContain('<title>Sign in');
  });

  it('reports what has changed in a template since, and merges it on demand', async () => {
    const path = 'src/pages/login.page.tsx';
    const mine = read(path);
    const record = JSON.parse(read('.gatehouse.json')) as {
      version: string;
      ejected: Record<string, { text: string; version: string }>;
    };
    // As if an earlier version had said something else.
    const { text } = record.ejected[path]!;
    record.ejected[path]!.text = text.replace('Stay signed in', 'Keep me in');
    record.ejected[path]!.version = '0.1.9';
    write('.gatehouse.json', JSON.stringify(record));
    write(path, mine.replace('Stay signed in', 'Keep me in'));

    for (let time = 0; time < 2; time++) {
      const { output } = await product.runCommand('update', '--dry-run');
      expect(output).toContain(`${path}: page:login has changed since 0.1.9.`);
      expect(output).toMatch(/^- +Keep me in on this device$/m);
      expect(output).toMatch(/^\+ +Stay signed in on this device$/m);
    }
    const { code, output } = await eject('page:login');
    expect([code, output]).toEqual([0, expect.stringContaining(`Merged ${path}`)]);
    expect(read(path)).toBe(mine);
    expect((await product.runCommand('update', '--dry-run')).output).toContain('Nothing to do');
    expect((await eject('page:login')).output).toContain('is a copy of what');

    // Both sides have other words.
    write('.gatehouse.json', JSON.stringify(record));
    const own = mine.replace('Stay signed in', 'Remember me');
    write(path, own);
    const conflict = await eject('page:login');
    expect([conflict.code, conflict.output]).toEqual([1, expect.stringContaining('<<<<<<< yours')]);
    expect(read(path)).toBe(own);
    expect((await eject('page:login', '--keep')).code).toBe(0);
    expect(read(path)).toBe(own);
    expect((await product.runCommand('update', '--dry-run')).output).toContain('Nothing to do');
  });

  it('writes over no file that is not a copy, and refuses unknown names', async () => {
    await product.write({ 'src/emails/verify-email.emails.tsx': 'export const MINE = 1;' });
    expect(await eject('email:verify_email')).toEqual({
      code: 1,
      output:
        'src/emails/verify-email.emails.tsx is there already, and is not a copy of email:verify_email.\n',
    });
    rmSync(join(product.folder, 'src/emails/verify-email.emails.tsx'));
    for (const name of ['page:nothing', 'page:constructor', '../page:login', 'email:__proto__']) {
      expect((await eject(name)).output).toContain('There is no template');
    }
    expect((await eject('page:login', 'page:home')).code).toBe(1);
  });
});
