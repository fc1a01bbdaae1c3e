import { ConsoleLogger } from '@nestjs/common';

/** What Nest tells of its own assembly on every start; nobody acts on it. */
const ASSEMBLY = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Where Nest reports a start that failed, which `main.ts` reports as well, readably. */
const FAILED_START = 'ExceptionHandler';

/** Nest's logger, without the noise of a start that went well; JSON lines in production. */
export class AppLogger extends ConsoleLogger {
  constructor(environment: string) {
    super({ json: environment === 'production', logLevels: ['log', 'warn', 'error', 'fatal'] });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!ASSEMBLY.has(rest.at(-1) as string)) super.log(message, ...(rest as [string]));
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== FAILED_START) super.error(message, ...(rest as [string]));
  }
}
