import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { renderTemplate } from '../../create/render-template.js';
import { built } from '../support/built.js';
import { ROOT } from '../support/process.js';

const { planAdoption } = await built<typeof import('../../src/project/plan-adoption.js')>(
  'src/project/plan-adoption.js',
);
const { readCommittedTree } =
  await built<typeof import('../../src/project/git-tree.js')>('src/project/git-tree.js');
const { FileChanges } = await built<typeof import('../../src/project/file-changes.js')>(
  'src/project/file-changes.js',
);
const { extensionPointOf } = await built<typeof import('../../src/project/extension-points.js')>(
  'src/project/extension-points.js',
);
const { clonedRelease } =
  await built<typeof import('../../src/project/releases.js')>('src/project/releases.js');

/** A small release that was cloned. */
const RELEASE: Record<string, string> = {
  LICENSE: 'MIT\n',
  'README.md': '# Gatehouse\n',
  'package.json': JSON.stringify({
    name: 'gatehouse',
    scripts: { start: 'node start' },
    dependencies: { pg: '^8' },
  }),
  'package-lock.json': '{}\n',
  'migrations/1795200000000-Foundation.ts': 'export class Foundation1795200000000 {}\n',
  'src/main.ts': 'start();\n',
  'src/app.module.ts': "import { UsersModule } from './users/users.module.js';\n@Module({})\n",
  'src/common/access.decorators.ts': 'export const Public = 1;\n',
  'src/mail/mail.service.ts': 'export class MailService {}\n',
  'src/mail/mail.module.ts': 'export class MailModule {}\n',
  'src/users/user.entity.ts': 'export class User {\n  id!: string;\n}\n',
  'src/users/users.module.ts': 'export class UsersModule {}\n',
  'src/web/layout.tsx': 'export const Layout = () => <b>Gatehouse</b>;\n',
  'test/support/app.ts': 'export function startApp() {}\n',
};

/** What a product made of it. */
const PRODUCT: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'shop',
    version: '3.0.0',
    scripts: { start: 'node start', import: 'node import.js' },
    dependencies: { pg: '^9', slugify: '^1.6.6' },
  }),
  'package-lock.json': '{ "mine": true }\n',
  'migrations/1795400000000-AddArticles.ts': 'export class AddArticles1795400000000 {}\n',
  'src/app.module.ts': `import { ArticlesModule } from './articles/articles.module.js';\n${RELEASE['src/app.module.ts']}`,
  'src/users/user.entity.ts': 'export class User {\n  id!: string;\n  phone!: string;\n}\n',
  'src/web/layout.tsx': 'export const Layout = () => <b>Shop</b>;\n',
  'src/articles/articles.module.ts': `import { Module } from '@nestjs/common';
import { Public } from '../common/access.decorators.js';
import { MailModule } from '../mail/mail.module.js';
import { MailService } from '../mail/mail.service.js';
import type { User } from '../users/user.entity.js';
import { helper } from './helper.js';

export class ArticlesModule {}
`,
  'src/articles/helper.ts': 'export const helper = 1;\n',
};

describe('npx gatehouse adopt', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-clone-'));
    git('init', '--quiet');
    commit(RELEASE);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  const commit = (files: Record<string, string>) => {
    write(files);
    git('add', '--all', '--force');
    git('commit', '--quiet', '--message', 'all');
  };
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const plan = () => {
    const changes = new FileChanges(folder);
    const files = Object.fromEntries(
      Object.entries(RELEASE).map(([path, text]) => [
        path,
        execFileSync('git', ['hash-object', '--stdin'], { input: text, encoding: 'utf8' }).trim(),
      ]),
    );
    const adoption = planAdoption(changes, {
      folder,
      tree: readCommittedTree(folder),
      release: { version: '0.1.0', commit: 'abc', files, packages: ['pg'], scripts: ['start'] },
      template: renderTemplate({ name: 'shop', example: false }),
      name: 'shop',
    });
    return { changes, adoption };
  };
  const run = (...words: string[]) => {
    const binary = join(ROOT, 'dist/src/bin.js');
    try {
      const stdio = ['ignore', 'pipe', 'pipe'] as const;
      const options = { cwd: folder, encoding: 'utf8' as const, stdio: [...stdio] };
      return {
        code: 0,
        output: execFileSync(process.execPath, [binary, 'adopt', ...words], options),
      };
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: string };
      return { code: status, output: stderr };
    }
  };

  it('makes a product of a clone: ours come from the package, changed ones are set aside', () => {
    commit(PRODUCT);
    const { changes, adoption } = plan();
    expect(read('LICENSE')).toBe('MIT\n');
    changes.apply();

    expect(adoption.removed.toSorted()).toEqual([
      'LICENSE',
      'migrations/1795200000000-Foundation.ts',
      'src/common/access.decorators.ts',
      'src/mail/mail.module.ts',
      'src/mail/mail.service.ts',
      'src/users/users.module.ts',
      'test/support/app.ts',
    ]);
    for (const path of [...adoption.removed, 'src/web/layout.tsx', 'src/users/user.entity.ts']) {
      expect([path, existsSync(join(folder, path))]).toEqual([path, false]);
    }
    expect(existsSync(join(folder, 'package-lock.json'))).toBe(false);
    expect(read('from-0.1/src/web/layout.tsx')).toBe(PRODUCT['src/web/layout.tsx']);
    const todo = read('from-0.1/TODO.md');
    expect(todo).toMatch(/^## src\/users\/user\.entity\.ts\n\nMove your columns to the class/m);
    expect(todo).toContain('\n+  phone!: string;\n');
    expect(todo).toContain('forRoot({ brand })');
    expect(read('migrations/1795400000000-AddArticles.ts')).toBe(
      PRODUCT['migrations/1795400000000-AddArticles.ts'],
    );
  });

  it('writes the thin application with the packages, commands and modules of the product', () => {
    commit(PRODUCT);
    plan().changes.apply();
    expect(JSON.parse(read('package.json'))).toMatchObject({
      name: 'shop',
      version: '3.0.0',
      scripts: { build: 'nest build', import: 'node import.js' },
      dependencies: { slugify: '^1.6.6', gatehouse: expect.stringMatching(/^\^/) },
    });
    expect(JSON.parse(read('package.json'))).not.toHaveProperty('dependencies.pg');
    expect(read('src/app.module.ts')).toContain(
      "import { ArticlesModule } from './articles/articles.module.js';",
    );
    expect(read('src/app.module.ts')).toMatch(/forRoot\(\{[^]*\}\),\n {4}ArticlesModule,\n {2}\],/);
    const template = Object.fromEntries(renderTemplate({ name: 'shop', example: false }));
    expect(JSON.parse(read('.gatehouse.json'))).toMatchObject({ name: 'shop', files: template });
    expect(read('src/main.ts')).toBe(template['src/main.ts']);
  });

  it('imports from the public door, and lists what that does not have', () => {
    commit(PRODUCT);
    const { changes, adoption } = plan();
    changes.apply();
    expect(read('src/articles/articles.module.ts')).toBe(`import { Module } from '@nestjs/common';
import { EmailService as MailService, Public, type User } from 'gatehouse';
import { MailModule } from '../mail/mail.module.js';
import { helper } from './helper.js';

export class ArticlesModule {}
`);
    expect(adoption.rewritten).toEqual(['src/articles/articles.module.ts']);
    expect(adoption.missing).toEqual([
      {
        path: 'src/articles/articles.module.ts',
        from: '../mail/mail.module.js',
        names: ['MailModule'],
      },
    ]);
  });

  it('refuses what is no clone, is not committed, or is not kept by git', () => {
    expect(run()).toEqual({
      code: 1,
      output: expect.stringMatching(
        /is no clone of Gatehouse 0\.1\.0: 0 of its \d+ files are here/,
      ),
    });
    write({ 'src/new.ts': 'export {};\n' });
    expect(run('--yes')).toEqual({
      code: 1,
      output: expect.stringMatching(
        /not committed\. Commit or remove them first:\n\?\? src\/new\.ts/,
      ),
    });
    rmSync(join(folder, '.git'), { recursive: true });
    expect(run()).toEqual({ code: 1, output: expect.stringContaining('put it under git first') });
    for (const [path, text] of Object.entries(RELEASE)) expect(read(path)).toBe(text);
  });

  it('knows every file of version 0.1', () => {
    const { files, packages, scripts } = clonedRelease();
    expect(Object.keys(files).length).toBeGreaterThan(600);
    // The one that has not changed since.
    const license = execFileSync('git', ['hash-object', join(ROOT, 'LICENSE')], {
      encoding: 'utf8',
    });
    expect(files.LICENSE).toBe(license.trim());
    for (const path of Object.keys(files)) {
      const { page } = extensionPointOf(path);
      expect([path, page, existsSync(join(ROOT, page))]).toEqual([path, page, true]);
    }
    expect(packages).toContain('typeorm');
    expect(scripts).toContain('dev:oidc');
  });
});
