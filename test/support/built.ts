import { join } from 'node:path';
import vm from 'node:vm';

// Jest would load Nest and TypeORM anew for every test file, which takes longer than most of the tests.
const outside = vm.runInThisContext('(specifier) => import(specifier)', {
  importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (specifier: string) => Promise<unknown>;

/**
 * A file of `src` as it was built, or a package: as it is outside of Jest's sandbox, where it is
 * loaded once for all test files of a worker. What is to meet the application has to come from there.
 */
export async function built<Module>(path: string): Promise<Module> {
  const isPackage = !path.startsWith('src/');
  return (await outside(
    isPackage ? path : join(import.meta.dirname, '../../dist', path),
  )) as Module;
}
