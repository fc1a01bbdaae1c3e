import { type DynamicModule, Logger } from '@nestjs/common';
import { CommandFactory } from 'nest-commander';
import { AppLogger } from './app-logger.js';
import { type AppModuleSource, applicationOf, appModuleOf, declarationsOf } from './application.js';
import { explainFailure } from './boot-failure.js';
import { CheckCommand } from '../cli/check.command.js';
import { CliModule } from '../cli/cli.module.js';
import { type CommandClass, COMMANDS } from '../cli/commands.js';
import { VERSION } from '../common/version.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { isProduction } from '../platform/config/environment-name.js';
import { loadConfiguration } from './configuration.js';
import { logProcessEvents } from './process-log.js';
import { exitCodeOf, SIGNALS } from './signals.js';

const OPTIONS = { cliName: 'npm run cli --', version: VERSION, abortOnError: false };

/**
 * Runs the command that the words of the process name, with the services of an application. Sets the exit code. A
 * product's `cli.ts` is one call: `await runCli(AppModule);`
 * @param appModule the root module, which imports `GatehouseModule.forRoot()`, or a function that imports it
 */
export async function runCli(appModule: AppModuleSource): Promise<void> {
  const command = await commandOfWords();
  if (!command) return;
  const { isService = false } = COMMANDS.get(command)!;
  let config: AppConfig | undefined;
  const report = (error: unknown) => {
    process.exitCode = 1;
    explainFailure(error, config, isService && isProduction());
  };
  try {
    let module: DynamicModule;
    try {
      if (command !== CheckCommand) config = await loadConfiguration(appModule);
      module = await moduleOf(command, config, appModule);
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

/**
 * The command that the words of the command line name. None when they ask for help, the version or nothing that there
 * is: then that was printed.
 */
async function commandOfWords(): Promise<CommandClass | undefined> {
  let found: CommandClass | undefined;
  await CommandFactory.run(
    CliModule.forWords((command) => (found = command)),
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
  source: AppModuleSource,
): Promise<DynamicModule> {
  const load = async (given: AppConfig, schema: 'migrate' | 'check') => {
    const appModule = await appModuleOf(source);
    return {
      application: applicationOf(appModule, given, { role: 'command', schema }),
      declarations: await declarationsOf(appModule),
    };
  };
  if (!config) {
    return CliModule.forCheck(
      () => loadConfiguration(source),
      (given) => load(given, 'check'),
    );
  }
  const { database } = COMMANDS.get(command)!;
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
