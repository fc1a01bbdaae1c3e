import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

// Jest loads every module anew for each test file, and before Node 24.9 it cannot load the CommonJS packages of ours that
// require ECMAScript modules. Outside of its sandbox, Node loads a module once.
const isSandboxed = vm.runInThisContext('globalThis') !== globalThis;
const importAsNode = isSandboxed
  ? (vm.runInThisContext('(specifier) => import(specifier)', {
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as (specifier: string) => Promise<unknown>)
  : (specifier: string) => import(specifier) as Promise<unknown>;

/**
 * Imports a compiled file as the application under test does, outside of the sandbox of a test runner.
 *
 * ```ts
 * const { ArticlesService } =
 *   await importBuilt<typeof import('../src/articles.service.js')>('dist/src/articles.service.js');
 * await app.nest.get(ArticlesService).publish(id);
 * ```
 * @param path from the working directory, or absolute
 */
export async function importBuilt<Module>(path: string): Promise<Module> {
  return (await importAsNode(pathToFileURL(resolve(path)).href)) as Module;
}
