// Makes one file of each program of dist/src and the packages that it uses: dist/server/main.js and dist/cli/cli.js.
// Most of what a start takes otherwise is to find, read and set up some 2,900 small files. Import it after `nest build`.
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import * as esbuild from 'esbuild';
import { filesByKind } from '../dist/src/common/exports-of.js';

const PROGRAMS = [
  { program: 'dist/src/main.js', folder: 'dist/server' },
  { program: 'dist/src/cli.js', folder: 'dist/cli' },
];

/** Packages that the programs find in node_modules when they run. Add those with native code. */
const INSTALLED = [
  'bcrypt',
  '@node-rs/argon2',
  // OpenTelemetry changes what is required by this name.
  'pg',
  // Their files are read, not imported.
  'bootstrap',
  'swagger-ui-dist',
];

/** Packages that others name, and that nothing we use of them needs. */
const UNUSED = ['@nestjs/platform-express', 'file-type', 'prettier', 'typescript'];

/** Requires TypeORM in a way that a bundler does not see: it would be there twice. */
const TYPEORM_COMPAT = {
  file: 'typeorm-compat.js',
  require: 'const require = createRequire(import.meta.url);',
};
/** The folder of the package.json that the image takes. */
const RUNTIME = 'dist/runtime';

const WITH_NAMES = 'with-names';
const FILES_BY_NAME = realpathSync('dist/src/common/exports-of.js');
const PACKAGES = `${sep}node_modules${sep}`;

/** Finds what is imported as Node would. */
const resolveAsNode = {
  name: 'resolve-as-node',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...asked }) => {
      if (pluginData === resolveAsNode) return undefined;
      const found = await build.resolve(path, { ...asked, pluginData: resolveAsNode });
      // Whoever asks for what is not installed has an answer to that.
      if (found.errors.length > 0) return { path, external: true };
      const hasNames =
        asked.kind !== 'dynamic-import' ||
        found.external ||
        isModule(readFileSync(found.path, 'utf8'));
      return hasNames ? undefined : { path: found.path, namespace: WITH_NAMES };
    });
    build.onLoad({ filter: /./, namespace: WITH_NAMES }, async ({ path }) => ({
      contents: await withNames(path),
      resolveDir: dirname(path),
    }));
  },
};

const isModule = (contents) => /^(import|export)\b/m.test(contents);

/** A module with the names that Node sees in what is none. */
async function withNames(path) {
  const names = Object.keys(await import(path)).filter((name) => /^[a-zA-Z_$][\w$]*$/.test(name));
  const others = names.filter((name) => name !== 'default');
  return [
    `const all = require(${JSON.stringify(path)});`,
    'export default all;',
    ...others.map((name, index) => `const name${index} = all.${name};`),
    `export { ${others.map((name, index) => `name${index} as ${name}`).join(', ')} };`,
  ].join('\n');
}

/** Reads a file so that it finds what lies beside it from where it will be, and what goes by its name is put in. */
const readInPlace = (folder) => ({
  name: 'read-in-place',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?js$/ }, ({ path }) => ({
      contents: path === FILES_BY_NAME ? exportsByKind() : keepPlace(path, folder),
      loader: 'js',
    }));
  },
});

function keepPlace(path, folder) {
  const place = relative(folder, path).split(sep).join('/');
  const parent = `(__bundle + ${JSON.stringify(`/${dirname(place)}`)})`;
  let contents = readFileSync(path, 'utf8');
  if (path.endsWith(TYPEORM_COMPAT.file)) contents = withoutRequire(contents);
  if (isModule(contents)) {
    contents = contents
      .replaceAll(/\bimport\.meta\.dirname\b/g, parent)
      .replaceAll(
        /\bimport\.meta\.url\b/g,
        `new URL(${JSON.stringify(place)}, import.meta.url).href`,
      );
  } else if (/\b__(dirname|filename)\b/.test(contents)) {
    const own = `var __dirname = ${parent}, __filename = __dirname + '/${basename(path)}';`;
    contents = contents.replace(/^(\s*(['"])use strict\2;?)?/, `$&;${own}`);
  }
  return path.includes(PACKAGES) ? contents + onlyItsName(path) : contents;
}

/** A stack names the file of a package, and no line: that would be most of all that is known of lines. */
function onlyItsName(path) {
  const map = JSON.stringify({ version: 3, sources: [basename(path)], mappings: 'AAAA' });
  return `\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`;
}

function exportsByKind() {
  const imports = [];
  const kinds = Object.entries(filesByKind()).map(([kind, files]) => {
    const names = files.map((file) => {
      const name = `module${imports.length}`;
      imports.push(`import * as ${name} from ${JSON.stringify(file)};`);
      return name;
    });
    return `${kind}: [${names.join(', ')}]`;
  });
  return `${imports.join('\n')}
    const MODULES = { ${kinds.join(', ')} };
    export const exportsOf = async (kind) => MODULES[kind].flatMap((module) => Object.values(module));`;
}

function withoutRequire(contents) {
  if (!contents.includes(TYPEORM_COMPAT.require)) throw new Error('@nestjs/typeorm has changed');
  return contents.replace(TYPEORM_COMPAT.require, '');
}

async function bundle({ program, folder }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await esbuild.build({
    entryPoints: [program],
    outdir: folder,
    bundle: true,
    // What is imported when it is needed stays apart.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Nest and TypeORM go by the names of classes.
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    // Decorators need it before any module of Nest runs, and a shared chunk has an order of its own.
    inject: ['node_modules/reflect-metadata/Reflect.js'],
    external: [...INSTALLED, ...UNUSED],
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module';
        const require = __createRequire(import.meta.url), __bundle = import.meta.dirname;`,
    },
    plugins: [resolveAsNode, readInPlace(realpathSync(folder))],
    // The Swagger plugin of Nest writes some settings of a property twice.
    logOverride: { 'duplicate-object-key': 'silent' },
    logLevel: 'warning',
  });
}

/** The package.json of a folder that holds dist alone, such as the image: what to install, and the commands. */
function writeRuntimePackage() {
  const { name, version, license, type, engines } = read('package.json');
  const installed = INSTALLED.map((one) => [one, read(`node_modules/${one}/package.json`).version]);
  const node = 'exec node --enable-source-maps';
  const runtime = {
    name,
    version,
    license,
    private: true,
    type,
    engines,
    dependencies: Object.fromEntries(installed),
    scripts: {
      start: `${node} --max-semi-space-size=4 dist/server/main.js`,
      cli: `${node} dist/cli/cli.js`,
    },
  };
  mkdirSync(RUNTIME, { recursive: true });
  writeFileSync(`${RUNTIME}/package.json`, `${JSON.stringify(runtime, undefined, 2)}\n`);
}

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

await Promise.all(PROGRAMS.map(bundle));
writeRuntimePackage();
