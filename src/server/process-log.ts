import 'reflect-metadata';
// Not all of Nest: what Node prints while the rest is loaded has to be JSON as well.
import { Logger } from '@nestjs/common/services/logger.service.js';
import { AppLogger } from './app-logger.js';
import { explainFailure } from './boot-failure.js';
import { isProduction } from '../platform/config/environment-name.js';

/** The logger of a process, before Nest has one as well. In production it writes JSON. */
export function useProcessLogger(): void {
  Logger.overrideLogger(new AppLogger(isProduction() ? 'production' : 'development'));
}

/**
 * Has the log also carry what Node prints by itself, which is no JSON: its warnings, and what nothing caught. After an
 * exception that nothing caught the state of the process is unknown, so it ends.
 */
export function logProcessEvents(report: (error: unknown) => void = explainFailure): void {
  // None: Node was asked for silence (--no-warnings).
  if (process.listenerCount('warning') > 0) {
    process.removeAllListeners('warning');
    process.on('warning', ({ name, message }) => {
      // Scripts of `shell` import with it.
      if (message.startsWith('vm.USE_MAIN_CONTEXT_DEFAULT_LOADER is ')) return;
      new Logger('Node').warn(`${name}: ${message}`);
    });
  }
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => {
    report(error);
    process.exit(1);
  });
}
