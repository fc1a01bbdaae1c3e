import type { LogLevel } from '@nestjs/common';
import { ConsoleLogger } from '@nestjs/common/services/console-logger.service.js';

/** What Nest logs about its own assembly on every start. Operators need none of it. */
const ASSEMBLY = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  // It calls the application started before the port is open.
  'NestApplication',
]);

/** Where Nest reports a start that failed, which `start.ts` reports as well, readably. */
const FAILED_START = 'ExceptionHandler';

/** Characters that end a line or steer a terminal, and that JSON leaves as they are. */
const UNSAFE_IN_JSON = /[\u007F-\u009F\u2028\u2029]/g;
const UNSAFE_IN_TEXT = /[\p{Cc}\u2028\u2029]/gu;

/**
 * Nest's logger, without the noise of a start that went well; JSON lines in production.
 * Whatever is in a message, it stays one line and steers no terminal (ASVS 16.4.1).
 */
export class AppLogger extends ConsoleLogger {
  constructor(environment: string, logLevels: LogLevel[] = ['log', 'warn', 'error', 'fatal']) {
    super({
      json: environment === 'production',
      // Fields given after the message stand beside it.
      flattenParams: true,
      logLevels,
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!ASSEMBLY.has(rest.at(-1) as string)) super.log(message, ...(rest as [string]));
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== FAILED_START) super.error(message, ...(rest as [string]));
  }

  protected override stringifyJsonLogObject(record: Record<string, unknown>): string {
    return super.stringifyJsonLogObject(record).replaceAll(UNSAFE_IN_JSON, escaped);
  }

  protected override stringifyMessage(message: unknown, level: LogLevel): string {
    const safe =
      typeof message === 'string' ? message.replaceAll(UNSAFE_IN_TEXT, escaped) : message;
    return super.stringifyMessage(safe, level);
  }

  protected override printStackTrace(stack: string | undefined): void {
    const lines = stack?.split('\n').map((line) => line.replaceAll(UNSAFE_IN_TEXT, escaped));
    if (lines) super.printStackTrace(lines.join('\n'));
  }
}

function escaped(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
}
