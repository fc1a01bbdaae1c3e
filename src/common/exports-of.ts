import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** All exports of the files below a folder whose paths match, in the order of those paths. */
export async function exportsOf(folder: string, path: RegExp): Promise<unknown[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.test(file))
    .toSorted();
  const modules = (await Promise.all(
    files.map((file) => import(pathToFileURL(join(folder, file)).href)),
  )) as Record<string, unknown>[];
  return modules.flatMap((module) => Object.values(module));
}
