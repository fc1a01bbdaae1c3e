import { type AppModuleSource, appModuleOf, declarationsOf } from './application.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { ConfigError } from '../platform/config/config-error.js';
import { EnvFileError } from '../platform/config/env-file.js';
import { loadConfigFromProcess } from '../platform/config/load-config.js';
import { readSettings, withSettings } from '../platform/config/product-settings.js';

/** The configuration with the settings of the product. Throws `ConfigError` with all problems at once. */
export async function loadConfiguration(source: AppModuleSource): Promise<AppConfig> {
  let config: AppConfig;
  try {
    config = loadConfigFromProcess();
  } catch (error) {
    throw await withProblemsOfSettings(error, source);
  }
  const declarations = await declarationsOf(await appModuleOf(source));
  return withSettings(config, declarations);
}

/** A `ConfigError` with what is wrong with the settings of the product as well; any other error as it is. */
export async function withProblemsOfSettings(
  error: unknown,
  source: AppModuleSource,
): Promise<unknown> {
  if (!(error instanceof ConfigError) || error instanceof EnvFileError) return error;
  try {
    const declarations = await declarationsOf(await appModuleOf(source));
    const { problems } = await readSettings(declarations);
    return new ConfigError([...error.problems, ...problems]);
  } catch {
    // A product that cannot be loaded is reported by the next start, when the configuration is right.
    return error;
  }
}
