// Brings dist up to date without a look at types, which `npm run check` has. The compiler takes most of its time for
// types, so only files that it documents in OpenAPI are translated with them: what the Swagger plugin writes depends on
// types of other files. A change that other files cannot see, as in the body of a method, has its own file translated
// alone. The source maps hold the sources of the latest build: they say what has changed.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { before } from '@nestjs/swagger/plugin';
import ts from 'typescript';
import { STAMP } from './build.mjs';

const NEST = JSON.parse(readFileSync('nest-cli.json', 'utf8')).compilerOptions;
const { options: PLUGIN } = NEST.plugins[0];
/** The files that the Swagger plugin reads: its default for controllers. */
const DOCUMENTED = [...PLUGIN.dtoFileNameSuffix, '.controller.ts'];

const isDocumented = (file) => DOCUMENTED.some((suffix) => file.includes(suffix));
const FORMAT = {
  getCanonicalFileName: (path) => path,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
};
const say = (text) => process.stderr.write(`${text}\n`);
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/**
 * @param all whether everything is translated: there is nothing yet, or the settings have changed
 * @returns whether it succeeded
 */
export function buildChanged(all) {
  const began = performance.now();
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const { fileNames, options: configured } = ts.getParsedCommandLineOfConfigFile(
    NEST.tsConfigPath,
    {},
    host,
  );
  const options = { ...configured, declaration: false, noCheck: true };
  const root = process.cwd();
  const outputOf = (file) => join(options.outDir, relative(root, file)).replace(/\.tsx?$/, '.js');

  const changed = fileNames
    .map((file) => ({ file, text: readFileSync(file, 'utf8'), old: builtFrom(outputOf(file)) }))
    .filter(({ text, old }) => all || text !== old);
  const orphans = orphansOf(options.outDir, fileNames.map(outputOf));
  if (all) say(`Building ${changed.length} files. Later builds translate only what has changed.`);

  const isVisible =
    orphans.length > 0 ||
    changed.some(({ file, text, old }) => shapeOf(text, file) !== shapeOf(old, file));
  const files = changed.map(({ file }) => file);
  const withTypes = all ? files : (isVisible ? fileNames : files).filter(isDocumented);
  const alone = changed.filter(({ file }) => !withTypes.includes(file));

  const translations = alone.map((one) => translate(one, outputOf(one.file), options));
  const program = withTypes.length > 0 ? ts.createProgram(withTypes, options) : undefined;
  if (all) say(`  Read ${program.getSourceFiles().length} files in ${seconds(began)}.`);
  const sources = withTypes.map((file) => program.getSourceFile(file));
  const faults = [
    ...translations.flatMap(({ diagnostics }) => diagnostics),
    ...sources.flatMap((source) => program.getSyntacticDiagnostics(source)),
  ];
  if (faults.length > 0) {
    say(ts.formatDiagnosticsWithColorAndContext(faults, FORMAT));
    return false;
  }

  // What a killed build leaves behind is built anew.
  rmSync(STAMP, { force: true });
  if (all) rmSync(options.outDir, { recursive: true, force: true });
  for (const path of orphans) rmSync(path, { force: true });
  copyAssets(options.outDir);
  for (const { write } of translations) write();
  const transformers = program && { before: [before(PLUGIN, program)] };
  for (const source of sources) program.emit(source, undefined, undefined, undefined, transformers);
  const count = alone.length + withTypes.length;
  say(`Built ${count} ${count === 1 ? 'file' : 'files'} in ${seconds(began)}.`);
  return true;
}

/** The source that an output was made of; undefined when there is none. */
function builtFrom(output) {
  const map = `${output}.map`;
  return existsSync(output) && existsSync(map)
    ? JSON.parse(readFileSync(map, 'utf8')).sourcesContent?.[0]
    : undefined;
}

const withoutBodies = (context) => (source) => {
  const { factory } = context;
  const visit = (node) =>
    ts.isBlock(node) && statesItsResult(node.parent)
      ? factory.createBlock([])
      : ts.visitEachChild(node, visit, context);
  return ts.visitNode(source, visit);
};

/** What other files can see of a file: its text without comments, and without bodies whose result has a stated type. */
function shapeOf(text, fileName) {
  if (text === undefined) return undefined;
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const { transformed } = ts.transform(source, [withoutBodies]);
  return ts.createPrinter({ removeComments: true }).printFile(transformed[0]);
}

function statesItsResult(node) {
  return ts.isConstructorDeclaration(node) || (ts.isFunctionLike(node) && node.type !== undefined);
}

/** A file as it is translated without its types; `write` puts it into dist. */
function translate({ file, text }, output, options) {
  const { diagnostics, outputText, sourceMapText } = ts.transpileModule(text, {
    fileName: file,
    // As a file of ES modules, which the compiler could only know by looking into package.json.
    compilerOptions: {
      ...options,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
    reportDiagnostics: true,
  });
  const write = () => {
    const map = { ...JSON.parse(sourceMapText), sources: [relative(dirname(output), file)] };
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(`${output}.map`, JSON.stringify(map));
    writeFileSync(output, outputText);
  };
  return { diagnostics, write };
}

/** What was made of files that are gone. */
function orphansOf(folder, outputs) {
  const known = new Set(outputs);
  return ['src', 'migrations']
    .flatMap((name) => below(join(folder, name)))
    .filter((path) => /\.(js|js\.map|d\.ts)$/.test(path) && !path.includes('/assets/'))
    .filter((path) => !known.has(path.replace(/\.(js|js\.map|d\.ts)$/, '.js')));
}

function below(folder) {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
    : [];
}

function copyAssets(outDir) {
  for (const pattern of NEST.assets) {
    const folder = join('src', dirname(pattern));
    rmSync(join(outDir, folder), { recursive: true, force: true });
    cpSync(folder, join(outDir, folder), { recursive: true });
  }
}
