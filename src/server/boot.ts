import { exitWithReason } from './boot-failure.js';
import type { AppModuleSource } from './application.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { loadConfigFromProcess } from '../platform/config/load-config.js';
import { EmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';
import { useProcessLogger } from './process-log.js';
import { Signals } from './signals.js';

/** Reads the configuration and starts the database if need be, while the application is loaded. Then serves. */
export async function boot(appModule: AppModuleSource): Promise<void> {
  let config: AppConfig | undefined;
  try {
    try {
      config = loadConfigFromProcess();
    } catch (error) {
      throw await problemsOf(error, appModule);
    } finally {
      // `.env` may have named the environment.
      useProcessLogger();
    }
    const signals = new Signals({ isLeftAtOnce: config.databaseUrl !== undefined });
    // Starting the database takes as long as loading the application.
    const leave = config.databaseUrl ? undefined : EmbeddedPostgres.openAhead(config.dataDir);
    try {
      const { serve } = await import('./serve.js');
      await serve(appModule, config, signals);
    } finally {
      await leave?.();
    }
  } catch (error) {
    exitWithReason(error, config);
  }
}

/** The error, with what is wrong with the settings of the product as well. */
async function problemsOf(error: unknown, appModule: AppModuleSource): Promise<unknown> {
  const { withProblemsOfSettings } = await import('./configuration.js');
  return withProblemsOfSettings(error, appModule);
}
