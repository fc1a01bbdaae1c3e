import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from './app-logger.js';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from './app.setup.js';
import { exitWithReason } from './boot-failure.js';
import { loadConfigFromProcess } from './config/load-config.js';
import { welcome } from './welcome.js';

const SHUTDOWN_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const SHUTDOWN_DEADLINE = 30_000;

async function main(): Promise<void> {
  const config = loadConfigFromProcess();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config),
    createHttpAdapter(config),
    { ...APP_OPTIONS, logger: new AppLogger(config.environment) },
  );
  app.enableShutdownHooks([...SHUTDOWN_SIGNALS], { useProcessExit: true });
  for (const signal of SHUTDOWN_SIGNALS) {
    process.once(signal, () => setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE).unref());
  }
  try {
    await configureApp(app).listen(config.port, config.host);
  } catch (error) {
    // The embedded database must not be left running by a start that failed.
    await app.close().catch(() => undefined);
    throw error;
  }
  welcome(config, await app.getUrl());
}

main().catch(exitWithReason);
