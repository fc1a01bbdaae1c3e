import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '../platform/config/load-config.js';
import { AppLogger } from '../server/app-logger.js';
import { withSettings } from '../platform/config/product-settings.js';
import { applicationOf, declarationsOf } from '../server/application.js';
import { APP_OPTIONS, configureApp, createHttpAdapter } from '../server/app.setup.js';
import { PageCookies } from '../site/kit/page-cookies.js';
import { attacksOn } from './attacks/attacks-on.js';
import { TestClock } from './clock.js';
import { HttpClient } from './http-client.js';
import { SignIn } from './sign-in.js';
import type { TestApp, TestAppOptions } from './test-app.js';
import { TestEmails } from './test-emails.js';
import { createTestDatabase } from './test-server.js';
import { testVariables } from './test-variables.js';
import { Visitor } from './visitor.js';

/** Does what `startTestApp()` says, in the place where Node itself loads the application. */
export async function startApplication(
  appModule: Type,
  {
    variables = {},
    modules = [],
    logger = new AppLogger('test', ['error', 'fatal']),
    database: given,
    configure,
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
    await configureApp(nest);
    await configure?.(nest);
    await nest.listen(config.port, '127.0.0.1');
  } catch (error) {
    await close();
    throw error;
  }
  const app = nest;
  const http = new HttpClient(await app.getUrl());
  const accounts = new SignIn(app);
  const started: TestApp = {
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
    attacks: (options = {}) => attacksOn(started, options),
    nest: app,
    close,
  };
  return started;
}
