import { expect } from '@jest/globals';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GatehouseOptions } from '../../src/gatehouse.module.js';
import { built } from './built.js';
import { createDatabase, type TestDatabase } from './database.js';
import { HttpClient } from './http.js';
import { reporter } from './reported.js';
import { refuseSecondConnections, secondConnections } from './second-connections.js';

export { PUBLIC_URL, TEST_SECRET, testVariables } from '../../src/testing/test-variables.js';

/** The application in this process, on a free port, with a database of its own. */
export interface TestApp {
  http: HttpClient;
  database: TestDatabase;
  nest: NestFastifyApplication;
  close: () => Promise<void>;
}

/**
 * Boots Gatehouse alone, as a product boots itself in its tests. A flow that takes two connections of its pool fails.
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
  const { startTestApp } = await built<typeof import('../../src/testing.js')>('src/testing.js');
  await refuseSecondConnections();
  const database = await createDatabase(template);
  if (seed) await database.sql(seed);
  const app = await startTestApp(appModule, {
    variables,
    modules: extraModules as never[],
    logger: reporter,
    database,
  });
  return {
    http: new HttpClient(app.http.url),
    database,
    nest: app.nest,
    async close() {
      await app.close();
      // Code that caught the error must not hide it.
      expect(secondConnections()).toEqual([]);
    },
  };
}
