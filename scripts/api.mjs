// npm run api: writes what the public door has. docs/api.md lists its names, docs/api-report.md has their declarations.
// `npm run api -- --check` fails when they differ from the code, or changed since main without an entry in CHANGELOG.md.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';
import './declarations.mjs';

const DOOR = 'dist/src/index.d.ts';
const REPORT = 'docs/api-report.md';
const HEAD = '<!-- Written by `npm run api`. -->';

const git = (...words) => spawnSync('git', words, { encoding: 'utf8' });

const program = ts.createProgram([DOOR], {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  skipLibCheck: true,
  types: ['node'],
  jsx: ts.JsxEmit.ReactJSX,
  jsxImportSource: 'preact',
});
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });
const groups = groupsIn(program.getSourceFile(DOOR), readFileSync('src/index.ts', 'utf8'));

const outputs = {
  'docs/api.md': `${HEAD}

# The public door

\`import { … } from 'gatehouse'\` has these names, and no others. Each has its description, and where it helps an example,
where it is defined: an editor shows it. [The report](api-report.md) has the declarations.
${groups.map(({ title, names }) => `\n## ${title}\n\n${names.map(({ name, summary }) => `- \`${name}\`: ${summary}`).join('\n')}\n`).join('')}`,
  [REPORT]: `${HEAD}

# Declarations of the public door

A change of this file is a change of what products rely on: it needs an entry in the changelog.
${groups.map(({ title, names }) => `\n## ${title}\n\n\`\`\`ts\n${names.map(({ text }) => text).join('\n\n')}\n\`\`\`\n`).join('')}`,
};

const faults = groups.flatMap(({ names }) =>
  names.filter(({ summary }) => summary === '').map(({ name }) => `${name} has no description.`),
);
const isCheck = process.argv.includes('--check');
for (const [file, text] of Object.entries(outputs)) {
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  if (!isCheck) writeFileSync(file, formatted);
  else if (readFileSync(file, 'utf8') !== formatted) faults.push(`${file} is old: npm run api.`);
}
if (isCheck && changed(REPORT) && !changed('CHANGELOG.md')) {
  faults.push(
    `${REPORT} has changed, and CHANGELOG.md has not: say there what products have to know.`,
  );
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** The exports of the door, under the comments above them. */
function groupsIn(door, source) {
  const exported = new Map(
    checker
      .getExportsOfModule(checker.getSymbolAtLocation(door))
      .map((symbol) => [symbol.name, symbol]),
  );
  return source
    .split(/^\/\/ (?=[A-Z])/m)
    .slice(1)
    .map((part) => {
      const [title, code] = [
        part.slice(0, part.indexOf('\n')).replace(/\.$/, ''),
        part.slice(part.indexOf('\n')),
      ];
      const names = [...code.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
        list
          .split(',')
          .map((one) =>
            one
              .trim()
              .replace(/^type /, '')
              .replace(/^.* as /, ''),
          )
          .filter((one) => one !== ''),
      );
      return { title, names: names.map((name) => described(name, exported.get(name))) };
    });
}

function described(name, alias) {
  const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
  const { fileName } = symbol.declarations[0].getSourceFile();
  const origin = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(fileName)?.[1];
  if (origin !== undefined) {
    return {
      name,
      summary: `As \`${origin}\` has it.`,
      text: `export { ${name} } from '${origin}';`,
    };
  }
  const words = ts
    .displayPartsToString(symbol.getDocumentationComment(checker))
    .replaceAll(/\s+/g, ' ');
  const [summary] = /^.*?[.:](?= |$)/.exec(words) ?? [words];
  const text = symbol.declarations
    .map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node))
    .map((node) => printer.printNode(ts.EmitHint.Unspecified, publicOf(node), node.getSourceFile()))
    .join('\n')
    .replaceAll(/^export declare /gm, '')
    .replaceAll(/^export /gm, '');
  return { name, summary: summary.replace(/:$/, '.'), text };
}

function isPublic(member) {
  return !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private);
}

/** A class without its private members. */
function publicOf(node) {
  if (!ts.isClassDeclaration(node)) return node;
  const members = node.members.filter(isPublic);
  const { modifiers, name, typeParameters, heritageClauses } = node;
  return ts.factory.updateClassDeclaration(
    node,
    modifiers,
    name,
    typeParameters,
    heritageClauses,
    members,
  );
}

/** Whether a file differs from where this branch left main. False where Git does not know. */
function changed(file) {
  const main = ['origin/main', 'main'].find(
    (name) => git('rev-parse', '-q', '--verify', name).status === 0,
  );
  if (main === undefined) return false;
  const base = git('merge-base', 'HEAD', main).stdout.trim();
  if (base === '' || git('cat-file', '-e', `${base}:${REPORT}`).status !== 0) return false;
  return git('diff', '--quiet', base, '--', file).status === 1;
}
