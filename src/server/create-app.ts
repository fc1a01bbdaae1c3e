import type { NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppConfig } from '../platform/config/app-config.js';
import { EmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';
import { AppLogger } from './app-logger.js';
import { type AppModuleSource, applicationOf, appModuleOf } from './application.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from './app.setup.js';
import { exitWithReason } from './boot-failure.js';
import { loadConfiguration } from './configuration.js';

/**
 * Creates an application that its own `main.ts` goes on with, in the place of `NestFactory.create()`: reads the
 * configuration, connects, migrates, and gives Nest an adapter of Fastify. Ends the process with a sentence when that is
 * not possible.
 *
 * ```ts
 * const app = await createApp(AppModule);
 * app.setGlobalPrefix('v1');
 * app.enableShutdownHooks();
 * await app.listen(3000);
 * ```
 * @param source the root module, which imports `GatehouseModule.forRoot()`, or a function that imports it
 * @param options as `NestFactory.create()` takes them; those that Gatehouse depends on stay as they are
 */
export async function createApp(
  source: AppModuleSource,
  options: NestApplicationOptions = {},
): Promise<NestFastifyApplication> {
  let config: AppConfig | undefined;
  try {
    config = await loadConfiguration(source);
    const leave = config.databaseUrl ? undefined : EmbeddedPostgres.openAhead(config.dataDir);
    try {
      return await configuredApp(await appModuleOf(source), config, options);
    } finally {
      await leave?.();
    }
  } catch (error) {
    return exitWithReason(error, config);
  }
}

/** The same with a configuration, and without an end of the process. */
export async function configuredApp(
  appModule: Type,
  config: AppConfig,
  options: NestApplicationOptions,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    applicationOf(appModule, config, { role: 'server' }),
    createHttpAdapter(config),
    { logger: new AppLogger(config.environment), ...options, ...APP_OPTIONS },
  );
  try {
    return await configureApp(app);
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}
