import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from './app-logger.js';
import { AppModule } from './app.module.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from './app.setup.js';
import { exitWithReason } from './boot-failure.js';
import { loadConfigFromProcess } from './config/load-config.js';
import { startTelemetry } from './telemetry/start-telemetry.js';
import { welcome } from './welcome.js';

const SHUTDOWN_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const SHUTDOWN_DEADLINE = 30_000;

async function main(): Promise<void> {
  const config = loadConfigFromProcess();
  const earlySignal = rememberSignals();
  const sendTraces = await startTelemetry(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config),
    createHttpAdapter(config),
    { ...APP_OPTIONS, logger: new AppLogger(config.environment) },
  );
  app.getHttpAdapter().getInstance().addHook('onClose', sendTraces);
  app.enableShutdownHooks([...SHUTDOWN_SIGNALS], { useProcessExit: true });
  try {
    if (earlySignal.received) return await app.close();
    await (await configureApp(app)).listen(config.port, config.host);
  } catch (error) {
    // The embedded database must not be left running by a start that failed.
    await app.close().catch(() => undefined);
    throw error;
  }
  welcome(config, await app.getUrl());
}

/** A signal that comes while the database is being started has to wait until it can be stopped. */
function rememberSignals(): { received: boolean } {
  const early = { received: false };
  for (const signal of SHUTDOWN_SIGNALS) {
    process.once(signal, () => {
      early.received = true;
      setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE).unref();
    });
  }
  return early;
}

main().catch(exitWithReason);
