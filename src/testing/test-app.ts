import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Attack, AttackOptions } from './attacks/attack.js';
import type { TestClock } from './clock.js';
import type { HttpClient } from './http-client.js';
import type { SignedIn, SignInOptions } from './sign-in.js';
import type { TestDatabase } from './test-database.js';
import type { TestEmails } from './test-emails.js';
import type { Visitor } from './visitor.js';

/** How an application is started for a test. */
export interface TestAppOptions {
  /** Environment variables, in addition to those of tests and in place of them. */
  variables?: Record<string, string>;
  /** Modules in addition to those of the application: controllers and providers of the test alone. */
  modules?: (Type | DynamicModule)[];
  /** Where the application logs. Default: errors are printed. */
  logger?: LoggerService;
  /** What `main.ts` does between `createApp()` and `listen()`, such as `app.setGlobalPrefix('v1')`. */
  configure?: (app: NestFastifyApplication) => void | Promise<void>;
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
  /**
   * Attacks on every route of the product's API, as cases for a test runner: callers who may not, dead tokens, objects of
   * others, wrong types, unknown properties, hostile text, sizes, and many requests at once. Each has to be answered as
   * it is documented, and to change nothing. Pages, and the routes of Gatehouse, are left out.
   *
   * ```ts
   * const attacks = app.attacks({
   *   objects: { '/api/articles/:id': (owner) => newArticle(owner.account.id) },
   *   bodies: { 'POST /api/articles': { title: 'First', text: 'Once upon a time' } },
   *   shared: ['GET /api/articles/:id'],
   * });
   * for (const attack of attacks) it(attack.name, attack.run);
   * ```
   * Throws `AttackError` when an option names a route or a path that there is not.
   */
  attacks: (options?: AttackOptions) => Attack[];
  /** The Nest application: `app.nest.get(ArticlesService)`. */
  nest: NestFastifyApplication;
  /** Stops the application and drops its database. */
  close: () => Promise<void>;
}
