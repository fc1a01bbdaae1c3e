// Translates bench/ into dist/bench, beside what `npm run build` made of src: that is what it measures.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const SOURCE = 'bench';
const TARGET = 'dist/bench';

const { compilerOptions } = ts.readConfigFile('tsconfig.json', (path) =>
  readFileSync(path, 'utf8'),
).config;
const { options } = ts.convertCompilerOptionsFromJson(
  { ...compilerOptions, module: 'esnext', moduleResolution: 'bundler', sourceMap: false },
  '.',
);
rmSync(TARGET, { recursive: true, force: true });
for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
  if (!/\.tsx?$/.test(file)) continue;
  const source = readFileSync(join(SOURCE, file), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: options, fileName: file });
  const target = join(TARGET, file.replace(/\.tsx?$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
}
