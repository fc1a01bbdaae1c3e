import { type DynamicModule, Logger, type LoggerService, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '../platform/config/load-config.js';
import { AppLogger } from '../server/app-logger.js';
import { withSettings } from '../platform/config/product-settings.js';
import { applicationOf, declarationsOf } from '../server/application.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from '../server/app.setup.js';
import { PageCookies } from '../site/kit/page-cookies.js';
import { TestClock } from './clock.js';
import { HttpClient } from './http-client.js';
import { SignIn, type SignedIn, type SignInOptions } from './sign-in.js';
import type { TestDatabase } from './test-database.js';
import { TestEmails } from './test-emails.js';
import { createTestDatabase } from './test-server.js';
import { testVariables } from './test-variables.js';
import { Visitor } from './visitor.js';

/** How an application is started for a test. */
export interface TestAppOptions {
  /** Environment variables, in addition to those of tests and in place of them. */
  variables?: Record<string, string>;
  /** Modules in addition to those of the application: controllers and providers of the test alone. */
  modules?: (Type | DynamicModule)[];
  /** Where the application logs. Default: errors are printed. */
  logger?: LoggerService;
  /** The database. Default: a migrated one of its own, which is dropped at the end. */
  database?: TestDatabase;
}

/** An application in this process, on a free port of the loopback address. */
export interface TestApp {
  /** A client that is not signed in. */
  http: HttpClient;
  /** Signs an account in, without hashing a password. */
  signIn: (options?: SignInOptions) => Promise<SignedIn>;
  /** A browser; signed in if an account or options are given. */
  visitor: (signedIn?: SignInOptions) => Promise<Visitor>;
  emails: TestEmails;
  clock: TestClock;
  database: TestDatabase;
  /** The Nest application: `app.nest.get(ArticlesService)`. */
  nest: NestFastifyApplication;
  /** Stops the application and drops its database. */
  close: () => Promise<void>;
}

/**
 * Starts an application as `start()` does, for tests: cheap password hashes, limits that tests do not reach, and emails
 * that stay here. One at a time in a process.
 *
 * ```ts
 * const app = await startTestApp(AppModule);
 * const editor = await app.signIn({ permissions: [ARTICLES.publish] });
 * const { status } = await editor.http.post('/api/articles', { title: 'First' });
 * await app.close();
 * ```
 * @param appModule the root module of the application
 */
export async function startTestApp(
  appModule: Type,
  {
    variables = {},
    modules = [],
    logger = new AppLogger('test', ['error', 'fatal']),
    database: given,
  }: TestAppOptions = {},
): Promise<TestApp> {
  Logger.overrideLogger(logger);
  const declarations = await declarationsOf(appModule);
  const database = given ?? (await createTestDatabase(declarations));
  const clock = new TestClock();
  let nest: NestFastifyApplication | undefined;
  const close = async () => {
    clock.reset();
    await nest?.close();
    await database.close();
  };
  try {
    const all = { ...testVariables(database.url), PORT: '0', ...variables };
    const config = await withSettings(loadConfig(all), declarations, all);
    const module = applicationOf(appModule, config, { role: 'server' });
    module.imports!.push(...modules);
    nest = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(config), {
      ...APP_OPTIONS,
      logger,
    });
    await (await configureApp(nest)).listen(config.port, '127.0.0.1');
  } catch (error) {
    await close();
    throw error;
  }
  const app = nest;
  const http = new HttpClient(await app.getUrl());
  const accounts = new SignIn(app);
  return {
    http,
    signIn: (options = {}) => accounts.signIn(http, options),
    async visitor(signedIn) {
      const visitor = new Visitor(http);
      if (!signedIn) return visitor;
      const { session } = await accounts.openSession(signedIn);
      const cookies = app.get(PageCookies, { strict: false });
      visitor.cookies.set(...cookies.signedPair('session', session.id));
      return visitor;
    },
    emails: new TestEmails(app),
    clock,
    database,
    nest: app,
    close,
  };
}
