import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { built } from '../support/built.js';
import { ROOT } from '../support/process.js';
import { writeDeclarations } from '../support/typed-product.js';

const { default: ts } = await built<{ default: typeof import('typescript') }>('typescript');

interface Packed {
  size: number;
  files: { path: string; mode: number }[];
}

type Locked = Record<string, { dev?: boolean; optional?: boolean; devOptional?: boolean }>;

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const settings = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const DECLARED = new Set([
  'gatehouse',
  ...Object.keys(settings.dependencies!),
  ...Object.keys(settings.peerDependencies!),
  ...Object.keys(settings.optionalDependencies!),
]);

/** What a file imports. */
function importsOf(path: string): string[] {
  const { importedFiles } = ts.preProcessFile(read(path), true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

/** The name of the package that an import names. Undefined: a file, or a part of Node. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)![0];
}

/** The declarations that a product can see, from its two doors. */
function seenDeclarations(): Set<string> {
  const seen = new Set(['dist/src/index.d.ts', 'dist/src/testing.d.ts']);
  for (const file of seen) {
    for (const specifier of importsOf(file).filter((one) => one.startsWith('.'))) {
      seen.add(join(dirname(file), specifier.replace(/\.js$/, '.d.ts')));
    }
  }
  return seen;
}

describe('the package', () => {
  let packed: Packed;
  let paths: string[];
  beforeAll(async () => {
    await writeDeclarations();
    const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await promisify(execFile)('npm', words, {
      cwd: ROOT,
      maxBuffer: 16 * 1024 * 1024,
    });
    [packed] = JSON.parse(stdout) as [Packed];
    paths = packed.files.map(({ path }) => path);
  }, 150_000);

  it('has what was built, the migrations, the assets, the template and the docs', () => {
    const migrations = readdirSync(join(ROOT, 'migrations')).map(
      (name) => `dist/migrations/${name.replace('.ts', '.js')}`,
    );
    const assets = readdirSync(join(ROOT, 'src/site/kit/assets'), { withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.tsx?$/.test(entry.name))
      .map(({ name }) => `dist/src/site/kit/assets/${name}`);
    expect(assets).not.toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...migrations,
        ...assets,
        'dist/src/bin.js',
        'create/template/gitignore',
        'create/template/.dockerignore',
        'create/template/.env.example',
        'create/template/package.json',
        'docs/configuration.md',
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
      ]),
    );
    expect(read('dist/src/bin.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('has no tests, no source maps, and no folder that is not named here', () => {
    const folders = new Set(paths.map((path) => path.split('/')[0]));
    const known = [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'create',
      'dist',
      'docs',
      'package.json',
      'src',
    ];
    expect(folders).toEqual(new Set(known));
    // What `eject` copies, the names of the doors, and the files of version 0.1, for `adopt`.
    expect(
      paths.filter((path) => path.startsWith('src/') && !path.endsWith('.page.tsx')).toSorted(),
    ).toEqual([
      'src/index.ts',
      'src/platform/email/templates/emails.tsx',
      'src/project/releases/0.1.0.json',
      'src/testing.ts',
    ]);
    expect(paths.filter((path) => /\.map$|\.spec\.|\/\.built|\.compiled/.test(path))).toEqual([]);
  });

  it('keeps within its bounds: 1.2 MB, 1,800 files, 30 dependencies, 12 peers and 320 packages in all', () => {
    const optional = Object.keys(settings.peerDependenciesMeta!);
    const peers = Object.keys(settings.peerDependencies!).filter(
      (name) => !optional.includes(name),
    );
    expect(packed.size).toBeLessThan(1_200_000);
    expect(paths.length).toBeLessThan(1800);
    expect(Object.keys(settings.dependencies!).length).toBeLessThanOrEqual(30);
    expect(peers).toHaveLength(12);
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Locked };
    const inProduction = Object.values(packages).filter(
      ({ dev, optional, devOptional }) => !dev && !optional && !devOptional,
    );
    expect(inProduction.length).toBeLessThanOrEqual(320);
  });

  it('declares every package that its code imports', () => {
    const files = paths.filter((path) => /^dist\/.*\.js$/.test(path));
    const imported = new Set(files.flatMap(importsOf).map(packageOf));
    imported.delete(undefined);
    expect([...imported].filter((name) => !DECLARED.has(name!))).toEqual([]);
  });

  it('declares every package that its types import, and those that hold their types', () => {
    const seen = [...seenDeclarations()];
    expect(seen.length).toBeGreaterThan(100);
    expect(paths).toEqual(expect.arrayContaining(seen));
    const imported = new Set(seen.flatMap(importsOf).map(packageOf));
    imported.delete(undefined);
    for (const name of imported) {
      expect({ name, isDeclared: DECLARED.has(name!) }).toEqual({ name, isDeclared: true });
      const types = `@types/${name!.replace('@', '').replace('/', '__')}`;
      const hasTypesElsewhere = types in settings.devDependencies!;
      expect({ types, hasTypesElsewhere }).toEqual({ types, hasTypesElsewhere: false });
    }
  });
});
