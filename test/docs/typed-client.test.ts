import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { commandLine } from '../support/command-line.js';
import { filesOfPage } from '../support/doc-page.js';
import { ROOT } from '../support/process.js';
import { TypedProduct } from '../support/typed-product.js';

const PAGE = 'docs/single-page-apps.md';
/** Of no database: the document needs none. */
const NOWHERE = 'postgresql://gatehouse:secret@127.0.0.1:1/none';

describe('the typed client of docs/single-page-apps.md', () => {
  const cli = commandLine();
  let types: string;
  beforeAll(async () => {
    const { code, output } = await cli(['openapi'], testVariables(NOWHERE));
    expect(code).toBe(0);
    const generator = await built<typeof import('openapi-typescript')>('openapi-typescript');
    types = generator.astToString(await generator.default(output));
  });

  const check = (more: Record<string, string> = {}) =>
    TypedProduct.check({
      ...filesOfPage(PAGE),
      'src/session.js': /^```js\n([\s\S]*?)^```$/m.exec(
        readFileSync(join(ROOT, PAGE), 'utf8'),
      )![1]!,
      'src/api.d.ts': types,
      'tsconfig.json': JSON.stringify({
        extends: join(ROOT, 'tsconfig.json'),
        compilerOptions: {
          rootDir: '.',
          outDir: 'dist',
          lib: ['ES2023', 'DOM', 'DOM.Iterable'],
          types: [],
          allowJs: true,
          checkJs: false,
        },
        include: ['src'],
      }),
      ...more,
    });

  it('compiles with the types of the document', async () => {
    expect(await check()).toEqual([]);
  });

  it('does not compile with a wrong path, field or answer', async () => {
    const errors = await check({
      'src/wrong.ts': `
        import { api } from './client.js';
        void api.GET('/api/user/me');
        void api.POST('/api/auth/login', { body: { name: 'ann', password: 'x' } });
        const { data } = await api.GET('/api/users/me');
        export const created: number = data!.createdAt;`,
    });
    expect(errors.map((line) => /^src\/wrong\.ts\((\d+),/.exec(line)?.[1]).filter(Boolean)).toEqual(
      ['3', '4', '6'],
    );
  });
});
