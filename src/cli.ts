import { CommandFactory } from 'nest-commander';
import { exitWithReason, explainFailure } from './boot-failure.js';
import { CliModule } from './cli/cli.module.js';
import { loadConfigFromProcess } from './config/load-config.js';

async function main(): Promise<void> {
  const commands =
    process.argv[2] === 'check'
      ? CliModule.forCheck(importApplication)
      : CliModule.forRoot(loadConfigFromProcess(), importApplication);
  await CommandFactory.run(commands, {
    cliName: 'npm run cli --',
    logger: ['warn', 'error', 'fatal'],
    abortOnError: false,
    serviceErrorHandler: fail,
  });
}

async function importApplication() {
  return (await import('./app.module.js')).AppModule;
}

/** Sets the exit code and returns, so that the application is closed in order. */
function fail(error: Error & { code?: string; exitCode?: number }): void {
  // Commander has already said what was wrong with the words of the command, or shown the help.
  if (error.code?.startsWith('commander.')) {
    process.exitCode = error.exitCode ? 2 : 0;
    return;
  }
  // Ctrl-C at a prompt: nobody needs to be told.
  if (error.name === 'ExitPromptError') {
    process.exitCode = 130;
    return;
  }
  explainFailure(error);
  process.exitCode = 1;
}

main().catch(exitWithReason);
