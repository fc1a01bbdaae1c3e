// The application as `src/main.ts` starts it, with the module of a host that has routes to compare with.
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from '../../src/app-logger.js';
import { AppModule } from '../../src/app.module.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from '../../src/app.setup.js';
import { loadConfigFromProcess } from '../../src/config/load-config.js';
import { BenchModule } from './bench.module.js';

const config = loadConfigFromProcess();
const module = AppModule.forRoot(config);
module.imports!.push(BenchModule);
const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(config), {
  ...APP_OPTIONS,
  logger: new AppLogger(config.environment),
});
app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
await (await configureApp(app)).listen(config.port, '127.0.0.1');
