import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_FOLDER } from '../common/package-folder.js';

/** What a name of a public door is. */
export interface DoorName {
  isType: boolean;
}

const EXPORT = /^export (?:(type) )?\{([^}]*)\}/gm;

/** The names that a product may import from `gatehouse`, or from `gatehouse/testing`. */
export function namesOfDoor(door: 'index' | 'testing' = 'index'): Map<string, DoorName> {
  const source = readFileSync(join(OWN_FOLDER, `src/${door}.ts`), 'utf8');
  const names = [...source.matchAll(EXPORT)].flatMap(([, type, list]) =>
    list!
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one): [string, DoorName] => {
        const [, isType, name] = /^(type )?(?:\w+ as )?(\w+)$/.exec(one)!;
        return [name!, { isType: type !== undefined || isType !== undefined }];
      }),
  );
  return new Map(names);
}

/** The statement that imports names from a door, formatted by Prettier's rules for a width of 100. */
export function importStatement(from: string, names: readonly string[]): string {
  const sorted = names.toSorted((a, b) => (bare(a).toLowerCase() < bare(b).toLowerCase() ? -1 : 1));
  const areTypes = sorted.every((name) => name.startsWith('type '));
  const listed = areTypes ? sorted.map(bare) : sorted;
  const keyword = areTypes ? 'import type' : 'import';
  const line = `${keyword} { ${listed.join(', ')} } from '${from}';`;
  if (line.length <= 100) return line;
  return `${keyword} {\n${listed.map((name) => `  ${name},\n`).join('')}} from '${from}';`;
}

function bare(name: string): string {
  return name.replace(/^type /, '');
}
