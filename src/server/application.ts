import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Declarations } from '../common/declarations.js';
import { isLoopback } from '../common/loopback.js';
import { OperatorError } from '../common/operator-error.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { ConfigModule } from '../platform/config/config.module.js';
import type { RunMode } from '../platform/config/run-mode.js';
import { type ImportedModule, importedModules } from './imported-modules.js';
import { MailboxModule } from '../site/accounts/mailbox.module.js';

/**
 * The root module of a product, or a function that imports it. Then the embedded database starts while the application
 * is loaded.
 */
export type AppModuleSource = Type | (() => Promise<Type>);

/** The class of the root module. */
export async function appModuleOf(source: AppModuleSource): Promise<Type> {
  // An arrow function has no prototype; a class has.
  return 'prototype' in source && source.prototype !== undefined
    ? (source as Type)
    : (source as () => Promise<Type>)();
}

@Module({})
class Application {}

/** The root module of a product with what its process gives it: the configuration, and what it is run for. */
export function applicationOf(appModule: Type, config: AppConfig, mode: RunMode): DynamicModule {
  return {
    module: Application,
    imports: [
      ConfigModule.forRoot(config, mode),
      appModule,
      ...(keepsEmails(config) ? [MailboxModule] : []),
    ],
  };
}

/**
 * What an application declares in files, as `GatehouseModule.forRoot()` in its modules says. Throws `OperatorError`
 * when no module imports it, and `DeclarationError` for a file that declares what cannot be.
 */
export async function declarationsOf(appModule: Type): Promise<Declarations> {
  const modules = await importedModules(appModule);
  for (const { providers } of modules) {
    for (const provider of providers) {
      if (typeof provider === 'object' && provider.provide === Declarations) {
        const { useFactory } = provider as { useFactory: () => Promise<Declarations> };
        const declarations = await useFactory();
        if (!declarations.existing) assertNoOtherDataSource(appModule, modules);
        return declarations;
      }
    }
  }
  throw new OperatorError(`${appModule.name} does not import GatehouseModule.forRoot().`);
}

/** Two that are injected as `DataSource` would be taken for one another. */
function assertNoOtherDataSource({ name }: Type, modules: ImportedModule[]): void {
  const isOther = modules.some(
    ({ type, providers }) =>
      type.name === 'TypeOrmCoreModule' &&
      providers.some((one) => typeof one === 'object' && one.provide === DataSource),
  );
  if (!isOther) return;
  throw new OperatorError(
    `${name} has a TypeOrmModule.forRoot() of its own. Say so with GatehouseModule.forRoot({ existing: {} }), or use the data source of Gatehouse instead (docs/existing-application.md).`,
  );
}

/** Whether emails are kept for the developer on this machine, who alone may look at them. */
function keepsEmails({ environment, smtpUrl, publicUrl }: AppConfig): boolean {
  return (
    environment !== 'production' && smtpUrl === undefined && isLoopback(new URL(publicUrl).hostname)
  );
}
