import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filesOfPage } from '../support/doc-page.js';
import { ROOT } from '../support/process.js';
import { Product } from '../support/product.js';
import { TypedProduct, writeDeclarations } from '../support/typed-product.js';

/** The same tests for Node's own runner, on what a build made. */
const NODE_TEST = `
  import assert from 'node:assert';
  import { after, describe, it } from 'node:test';
  import { startTestApp } from 'gatehouse/testing';
  import { AppModule } from '../src/app.module.js';

  const app = await startTestApp(AppModule);
  describe('the product', () => {
    it('signs in', async () => {
      const { http, account } = await app.signIn();
      assert.equal((await http.get('/api/users/me')).body.id, account.id);
    });
    for (const attack of app.attacks({ bodies: { 'POST /api/articles': { title: 'x' } } })) {
      if (attack.route === 'POST /api/articles') it(attack.name, attack.run);
    }
    after(() => app.close());
  });`;

interface Finished {
  code: number;
  output: string;
}

describe('docs/test-your-module.md', () => {
  const files = filesOfPage('docs/test-your-module.md');
  let product: Product;
  beforeAll(async () => {
    await writeDeclarations();
    product = await Product.create(files);
  });
  afterAll(async () => {
    // npm has children: what a failed test left running ends as a group.
    for (const pid of running) process.kill(-pid, 'SIGKILL');
    await product.remove();
  });

  const running = new Set<number>();
  const run = async (program: string, args: string[]): Promise<Finished> => {
    const child = spawn(program, args, {
      cwd: product.folder,
      detached: true,
      env: {
        PATH: process.env.PATH,
        HOME: product.folder,
        // The server of this run; test/testing/test-app.test.ts starts an embedded one.
        TEST_DATABASE_URL: process.env.TEST_DATABASE_URL,
      },
    });
    running.add(child.pid!);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    running.delete(child.pid!);
    return { code: code ?? 1, output };
  };

  it('is a product that compiles', async () => {
    const sources = Object.entries(files).filter(([path]) => /^(src|migrations|test)\//.test(path));
    const errors = await TypedProduct.check({
      ...Object.fromEntries(sources),
      'tsconfig.json': JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: { rootDir: '.', outDir: 'dist', types: ['node'] },
        include: ['src', 'migrations', 'test'],
      }),
    });
    expect(errors).toEqual([]);
  });

  it('has tests that pass with plain npx jest', async () => {
    const { code, output } = await run('npx', ['jest', '--ci']);
    expect(output).toMatch(/Test Suites: 2 passed, 2 total\nTests: +25 passed, 25 total/);
    expect(code).toBe(0);
  });

  it('has attacks that fail when a control is taken out', async () => {
    const path = 'src/articles.controller.ts';
    const careless = files[path]!.replace(' AND author_id = $2', '').replace(', user.userId]', ']');
    await product.write({ [path]: careless });
    const { code, output } = await run('npx', ['jest', '--ci', 'attacks']);
    await product.write({ [path]: files[path]! });
    expect(output).toContain('● every route of the product › DELETE /api/articles/:id: hides');
    expect(code).toBe(1);
  });

  it('says what another runner needs', async () => {
    await product.write({ 'test/node.test.ts': NODE_TEST });
    const { code, output } = await run(process.execPath, ['--test', 'dist/test/node.test.js']);
    expect(output).toMatch(/fail 0/);
    expect(output).toContain('POST /api/articles: refuses an expired access token');
    expect(code).toBe(0);
  });
});
