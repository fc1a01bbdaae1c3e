import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GatehouseOptions } from '../../src/gatehouse.module.js';
import { built } from './built.js';
import { createDatabase, type TestDatabase } from './database.js';
import { HttpClient } from './http.js';
import { reporter } from './reported.js';
import { refuseSecondConnections, secondConnections } from './second-connections.js';

export const TEST_SECRET = 'a test secret of more than thirty-two bytes, 0123456789';
export const PUBLIC_URL = 'http://localhost:3000';

/** The application in this process, on a free port, with a database of its own. */
export interface TestApp {
  http: HttpClient;
  database: TestDatabase;
  nest: NestFastifyApplication;
  close: () => Promise<void>;
}

/**
 * Boots the application as `serve.ts` does, with a cheap hash. A flow that takes two connections of its pool fails.
 * One at a time: Passport has one set of strategies for a process, that of the application started last.
 * @param seed SQL that is run in the migrated database before
 * @param template the database that is copied, with options of CREATE DATABASE
 */
export async function startApp(
  variables: Record<string, string> = {},
  extraModules: object[] = [],
  seed = '',
  template?: string,
): Promise<TestApp> {
  const { AppModule } = await built<typeof import('../../src/app.module.js')>('src/app.module.js');
  return startModule(AppModule, variables, extraModules, seed, template);
}

/** As `startApp`, for a product: Gatehouse with its options, and its modules. */
export async function startProduct(
  options: GatehouseOptions,
  variables: Record<string, string> = {},
  modules: object[] = [],
): Promise<TestApp> {
  const { GatehouseModule } =
    await built<typeof import('../../src/gatehouse.module.js')>('src/gatehouse.module.js');
  const { Module } = await built<typeof import('@nestjs/common')>('@nestjs/common');
  class Product {}
  Module({ imports: [GatehouseModule.forRoot(options)] })(Product);
  return startModule(Product, variables, modules);
}

async function startModule(
  appModule: Type,
  variables: Record<string, string>,
  extraModules: object[],
  seed = '',
  template?: string,
): Promise<TestApp> {
  const { NestFactory } = await built<typeof import('@nestjs/core')>('@nestjs/core');
  const { applicationOf } = await built<typeof import('../../src/server/application.js')>(
    'src/server/application.js',
  );
  const { APP_OPTIONS, configureApp, createHttpAdapter } =
    await built<typeof import('../../src/server/app.setup.js')>('src/server/app.setup.js');
  const { loadConfig } = await built<typeof import('../../src/platform/config/load-config.js')>(
    'src/platform/config/load-config.js',
  );
  await refuseSecondConnections();
  const database = await createDatabase(template);
  if (seed) await database.sql(seed);
  const config = loadConfig({ ...testVariables(database.url), PORT: '0', ...variables });
  const module = applicationOf(appModule, config, { role: 'server' });
  module.imports!.push(...(extraModules as never[]));
  let nest: NestFastifyApplication | undefined;
  try {
    nest = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(config), {
      ...APP_OPTIONS,
      logger: reporter,
    });
    await (await configureApp(nest)).listen(config.port, '127.0.0.1');
  } catch (error) {
    await nest?.close();
    await database.close();
    throw error;
  }
  return {
    http: new HttpClient(await nest.getUrl()),
    database,
    nest,
    async close() {
      await nest.close();
      await database.close();
      // Code that caught the error must not hide it.
      expect(secondConnections()).toEqual([]);
    },
  };
}

/** The environment of an application under test. */
export function testVariables(databaseUrl: string): Record<string, string> {
  return {
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    APP_SECRET: TEST_SECRET,
    PUBLIC_URL,
    BCRYPT_COST: '4',
    // All tests come from one address, and do in a minute what people do in a month.
    THROTTLE_SCALE: '1000000',
    SWAGGER: 'off',
    SHUTDOWN_DELAY: '0s',
  };
}
