import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from './app-logger.js';
import { type AppModuleSource, applicationOf, appModuleOf, declarationsOf } from './application.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from './app.setup.js';
import { VERSION } from '../common/version.js';
import { Brand } from '../platform/brand/brand.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { withSettings } from '../platform/config/product-settings.js';
import { ReadinessService } from '../platform/health/readiness.service.js';
import { listen } from './listen.js';
import { exitCodeOf, type Signals } from './signals.js';
import { startTelemetry } from '../platform/telemetry/start-telemetry.js';
import { welcome } from './welcome.js';

/**
 * Starts an application and listens. A signal closes it.
 * @param ours the configuration without the settings of the product
 */
export async function serve(
  source: AppModuleSource,
  ours: AppConfig,
  signals: Signals,
): Promise<void> {
  const sendTraces = await startTelemetry(ours);
  const appModule = await appModuleOf(source);
  const config = await withSettings(ours, await declarationsOf(appModule));
  const app = await NestFactory.create<NestFastifyApplication>(
    applicationOf(appModule, config, { role: 'server' }),
    createHttpAdapter(config),
    { ...APP_OPTIONS, logger: new AppLogger(config.environment) },
  );
  app.getHttpAdapter().getInstance().addHook('onClose', sendTraces);
  try {
    if (signals.received) {
      process.exitCode = exitCodeOf(signals.received);
      return await app.close();
    }
    const readiness = app.get(ReadinessService, { strict: false });
    signals.shutDownBy({
      async drain() {
        readiness.drain();
        await sleep(config.shutdownDelay);
      },
      close: () => app.close(),
    });
    await listen(await configureApp(app), config);
  } catch (error) {
    // The embedded database must not be left running by a start that failed.
    await app.close().catch(() => undefined);
    throw error;
  }
  const { environment, host, port } = config;
  if (environment === 'production') {
    const place = { version: VERSION, environment, host, port, publicUrl: config.publicUrl };
    new Logger('Start').log(`Gatehouse ${VERSION} listens on ${await app.getUrl()}`, place);
  } else welcome(config, app.get(Brand, { strict: false }), await app.getUrl());
}
