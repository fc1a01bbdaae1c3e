import type { AppModuleSource } from './application.js';
import { keepCompiledCode } from './compiled-code.js';
import { logProcessEvents, useProcessLogger } from './process-log.js';

/**
 * Runs an application: reads the configuration, starts the database if need be, migrates and listens. Ends the process
 * with a sentence when it cannot start. A product's `main.ts` is one call: `await start(AppModule);`
 * @param appModule the root module, which imports `GatehouseModule.forRoot()`, or a function that imports it
 */
export async function start(appModule: AppModuleSource): Promise<void> {
  useProcessLogger();
  logProcessEvents();
  keepCompiledCode();
  // After the logger, which also carries what Node prints while the rest is loaded.
  const { boot } = await import('./boot.js');
  await boot(appModule);
}
