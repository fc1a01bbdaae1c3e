import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Class = new (...args: never[]) => unknown;

/** All classes exported by the files below a folder whose names match, in the order of their paths. */
export async function classesIn(folder: string, name: RegExp): Promise<Class[]> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .toSorted();
  const modules = (await Promise.all(
    files.map((file) => import(pathToFileURL(join(folder, file)).href)),
  )) as Record<string, unknown>[];
  return modules
    .flatMap((module) => Object.values(module))
    .filter((value): value is Class => typeof value === 'function');
}
