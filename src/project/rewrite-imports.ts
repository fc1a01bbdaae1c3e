import { dirname, join, normalize } from 'node:path';
import { type DoorName, importStatement } from './public-door.js';
import { importsOf, type SourceImport } from './source-blocks.js';

/** Names of version 0.1 that have other names now. */
const RENAMED: Record<string, string> = { MailService: 'EmailService', KnowsCaller: 'Public' };

/** A file whose imports of files of Gatehouse were replaced. */
export interface RewrittenFile {
  text: string;
  /** What the public door does not have, as it is imported. */
  missing: { from: string; names: string[] }[];
}

/** The names of a door, by the files that they replace. */
export interface Door {
  from: string;
  names: ReadonlyMap<string, DoorName>;
}

/**
 * Imports names from a door in the place of files that are gone. What the door does not have stays, for the compiler
 * and the report to show.
 * @param path of the file, in the folder of the product
 * @param doorOf the door in the place of a file of Gatehouse; undefined for every other file
 */
export function rewriteImports(
  path: string,
  source: string,
  doorOf: (path: string) => Door | undefined,
): RewrittenFile {
  const missing: RewrittenFile['missing'] = [];
  const imported = new Map<string, string[]>();
  let text = source;
  for (const statement of importsOf(source)) {
    const door = doorOf(targetOf(path, statement.from));
    if (!door) continue;
    const { found, rest } = sorted(statement, door);
    imported.set(door.from, [...(imported.get(door.from) ?? []), ...found]);
    if (rest.length > 0) missing.push({ from: statement.from, names: rest });
    const kept = rest.length > 0 && statement.names ? remainder(statement, rest) : statement.text;
    text = text.replace(statement.text, rest.length > 0 ? kept : '');
  }
  const fresh = [...imported]
    .filter(([, names]) => names.length > 0)
    .map(([from, names]) => `${importStatement(from, [...new Set(names)])}\n`);
  return { text: afterImports(text, fresh.join('')), missing };
}

/** What a door has of a statement, as it is imported from there, and what it has not. */
function sorted({ names, isType }: SourceImport, door: Door): { found: string[]; rest: string[] } {
  if (!names) return { found: [], rest: ['*'] };
  const found: string[] = [];
  const rest: string[] = [];
  for (const one of names) {
    const name = RENAMED[one.name] ?? one.name;
    const target = door.names.get(name);
    if (!target) {
      rest.push(one.name);
      continue;
    }
    const type = isType || one.isType || target.isType ? 'type ' : '';
    found.push(`${type}${name}${one.local === name ? '' : ` as ${one.local}`}`);
  }
  return { found, rest };
}

function remainder({ names, isType, from }: SourceImport, rest: string[]): string {
  const left = names!.filter(({ name }) => rest.includes(name));
  const listed = left.map(({ name, local, isType: isTypeName }) => {
    const type = isTypeName && !isType ? 'type ' : '';
    return `${type}${name}${local === name ? '' : ` as ${local}`}`;
  });
  return `import ${isType ? 'type ' : ''}{ ${listed.join(', ')} } from '${from}';\n`;
}

/** Adds statements after those that import packages, or in front of everything. */
function afterImports(text: string, statements: string): string {
  if (statements === '') return text;
  const packages = importsOf(text).filter(({ from }) => !from.startsWith('.'));
  const last = packages.at(-1)?.text;
  return last === undefined ? statements + text : text.replace(last, last + statements);
}

/** The source file that a path of an import names. */
function targetOf(path: string, from: string): string {
  if (!from.startsWith('.')) return from;
  return normalize(join(dirname(path), from)).replace(/\.js$/, '');
}
