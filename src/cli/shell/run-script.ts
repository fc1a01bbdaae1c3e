import vm from 'node:vm';

/**
 * Runs a script with the globals of this process. It may await, and import by `await import('…')`, from the working
 * directory. Throws what it throws.
 */
export async function runScript(code: string): Promise<void> {
  const script = new vm.Script(`(async () => {\n${code}\n})()`, {
    filename: 'shell',
    lineOffset: -1,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  await (script.runInThisContext() as Promise<unknown>);
}
