import { type DynamicModule, Logger, type Type } from '@nestjs/common';
import { CommandFactory } from 'nest-commander';
import { AppLogger } from './app-logger.js';
import { type AppModuleSource, applicationOf, appModuleOf, declarationsOf } from './application.js';
import { explainFailure } from './boot-failure.js';
import { CheckCommand } from '../cli/check.command.js';
import { CliModule } from '../cli/cli.module.js';
import { type CommandClass, needsOf } from '../cli/commands.js';
import { CommandApplication } from '../cli/shell/command-application.js';
import { productCommandsOf } from '../cli/product-commands.js';
import { CLI } from '../common/cli-name.js';
import type { Declarations } from '../common/declarations.js';
import { VERSION } from '../common/version.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { isProduction } from '../platform/config/environment-name.js';
import { loadEnvironment } from '../platform/config/load-config.js';
import { loadConfiguration } from './configuration.js';
import { importedModules } from './imported-modules.js';
import { logProcessEvents } from './process-log.js';
import { exitCodeOf, SIGNALS } from './signals.js';

const OPTIONS = { cliName: CLI, version: VERSION, abortOnError: false };

/**
 * Runs the command that the words of the process name, with the services of an application. Sets the exit code. A
 * product's `cli.ts` is one call: `await runCli(AppModule);`
 * @param appModule the root module, which imports `GatehouseModule.forRoot()`, or a function that imports it
 */
export async function runCli(appModule: AppModuleSource): Promise<void> {
  let config: AppConfig | undefined;
  let isService = false;
  const report = (error: unknown) => {
    process.exitCode = 1;
    explainFailure(error, config, isService && isProduction());
  };
  try {
    const product = await productOf(appModule);
    const command = await commandOfWords(product.commands);
    if (!command) return;
    isService = needsOf(command).isService ?? false;
    let module: DynamicModule;
    try {
      if (command !== CheckCommand) config = await loadConfiguration(product.appModule);
      module = await moduleOf(command, config, product);
    } finally {
      Logger.overrideLogger(loggerOf(isService));
    }
    logProcessEvents(report);
    const hasNothingToStop = config?.databaseUrl !== undefined;
    if (hasNothingToStop) for (const name of SIGNALS) process.on(name, exitAtOnce);
    const app = await CommandFactory.createWithoutRunning(module, {
      ...OPTIONS,
      logger: loggerOf(isService),
      // Sets the exit code and returns, so that the application is closed in order.
      serviceErrorHandler(error) {
        // Ctrl-C at a prompt: the operator knows.
        if (error.name === 'ExitPromptError') process.exitCode = 130;
        else report(error);
      },
    });
    if (needsOf(command).database !== 'none') app.get(CommandApplication).context = app;
    // From now on the command itself decides, or Node.
    for (const name of SIGNALS) process.off(name, exitAtOnce);
    try {
      await CommandFactory.runApplication(app);
    } finally {
      await app.close();
    }
  } catch (error) {
    report(error);
    process.exit();
  }
}

/** As the first process of a container, this one would ignore a signal while it waits for the database. */
function exitAtOnce(name: NodeJS.Signals): never {
  process.exit(exitCodeOf(name));
}

/** A product, before anything of it is made. */
interface ProductToRun {
  appModule: Type;
  declarations: Declarations;
  commands: CommandClass[];
}

async function productOf(source: AppModuleSource): Promise<ProductToRun> {
  try {
    // Its files may read variables while they are loaded.
    loadEnvironment();
  } catch {
    // Help needs no configuration. A command that does reports this.
  }
  const appModule = await appModuleOf(source);
  const declarations = await declarationsOf(appModule);
  const commands = await productCommandsOf(declarations, await importedModules(appModule));
  return { appModule, declarations, commands };
}

/**
 * The command that the words of the command line name. None when they ask for help, the version or nothing that there
 * is: then that was printed.
 */
async function commandOfWords(ofProduct: CommandClass[]): Promise<CommandClass | undefined> {
  let found: CommandClass | undefined;
  await CommandFactory.run(
    CliModule.forWords(ofProduct, (command) => (found = command)),
    {
      ...OPTIONS,
      logger: false,
      serviceErrorHandler(error: Error & { code?: string; exitCode?: number }) {
        if (!error.code?.startsWith('commander.')) throw error;
        process.exitCode = error.exitCode ? 2 : 0;
      },
    },
  );
  return found;
}

async function moduleOf(
  command: CommandClass,
  config: AppConfig | undefined,
  { appModule, declarations }: ProductToRun,
): Promise<DynamicModule> {
  const load = async (given: AppConfig, schema: 'migrate' | 'check') => ({
    application: applicationOf(appModule, given, { role: 'command', schema }),
    declarations,
  });
  if (!config) {
    return CliModule.forCheck(
      () => loadConfiguration(appModule),
      (given) => load(given, 'check'),
    );
  }
  const { database } = needsOf(command);
  if (database === 'none')
    return CliModule.forLoading(command, config, (given) => load(given, 'check'));
  const mayMigrate = database === 'migrate' || (database === 'start' && config.migrateOnStart);
  return CliModule.forDatabase(await load(config, mayMigrate ? 'migrate' : 'check'));
}

/** Commands speak to the person in front of them; services write the log of the application. */
function loggerOf(isService: boolean): AppLogger {
  if (isService) return new AppLogger(isProduction() ? 'production' : 'development');
  return new AppLogger('development', ['warn', 'error', 'fatal']);
}
