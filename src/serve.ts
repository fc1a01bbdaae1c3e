import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from './app-logger.js';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from './app.setup.js';
import type { AppConfig } from './config/app-config.js';
import { startTelemetry } from './telemetry/start-telemetry.js';
import { welcome } from './welcome.js';

/**
 * Starts the application and listens.
 * @param signals the ones that close it; `received` says whether one came before it could hear them
 */
export async function serve(
  config: AppConfig,
  signals: { names: readonly NodeJS.Signals[]; received: boolean },
): Promise<void> {
  const sendTraces = await startTelemetry(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config),
    createHttpAdapter(config),
    { ...APP_OPTIONS, logger: new AppLogger(config.environment) },
  );
  app.getHttpAdapter().getInstance().addHook('onClose', sendTraces);
  app.enableShutdownHooks([...signals.names], { useProcessExit: true });
  try {
    if (signals.received) return await app.close();
    await (await configureApp(app)).listen(config.port, config.host);
  } catch (error) {
    // The embedded database must not be left running by a start that failed.
    await app.close().catch(() => undefined);
    throw error;
  }
  welcome(config, await app.getUrl());
}
