import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');

/** Files that are found by their names, from the root of what was built, so that no list names them. */
const KINDS = {
  entity: /^src\/.*\.entity\.[jt]s$/,
  permissions: /^src\/.*\.permissions\.[jt]s$/,
  migration: /^migrations\/\d+-[\w-]+\.[jt]s$/,
};

export type Kind = keyof typeof KINDS;

/** All exports of the files of a kind, in the order of their paths. */
export async function exportsOf(kind: Kind): Promise<unknown[]> {
  const exported: unknown[] = [];
  // One after the other: two at once that import the same file can meet before it is linked.
  for (const file of filesOf(kind)) {
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    exported.push(...Object.values(module));
  }
  return exported;
}

function filesOf(kind: Kind): string[] {
  return ['src', 'migrations']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((file) => KINDS[kind].test(file.replaceAll(sep, '/')))
    .toSorted()
    .map((file) => join(ROOT, file));
}
