import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from '../../src/app.setup.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createDatabase, type TestDatabase } from './database.js';
import { HttpClient } from './http.js';

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
 * Boots the application as `main.ts` does, with a cheap hash.
 * @param seed SQL that is run in the migrated database before
 */
export async function startApp(
  variables: Record<string, string> = {},
  extraModules: object[] = [],
  seed = '',
): Promise<TestApp> {
  const database = await createDatabase();
  if (seed) await database.sql(seed);
  const config = loadConfig({ ...testVariables(database.url), ...variables });
  const module = AppModule.forRoot(config);
  module.imports!.push(...(extraModules as never[]));
  const nest = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(config), {
    ...APP_OPTIONS,
    logger: ['error', 'fatal'],
  });
  try {
    await (await configureApp(nest)).listen(0, '127.0.0.1');
  } catch (error) {
    await nest.close();
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
    // Jest cannot load the static file server of Swagger UI; docs.test.ts looks at a real process.
    SWAGGER: 'off',
  };
}
