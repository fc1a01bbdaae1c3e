import { Logger } from '@nestjs/common/services/logger.service.js';
import { OperatorError } from '../common/operator-error.js';
import { AppError } from '../http/app-error.js';
import type { AppConfig } from '../platform/config/app-config.js';
import { isProduction } from '../platform/config/environment-name.js';
import { explainDatabaseFailure } from '../platform/database/database-failures.js';

/**
 * Says what a person can act on, in production as a line of the log. Only the unexpected gets a stack trace, never the
 * fields of an error: a failed statement carries its values there.
 */
export function explainFailure(error: unknown, config?: AppConfig, asLog = isProduction()): void {
  const { message, stack } = describe(error, config);
  if (asLog) new Logger('Start').fatal(message, ...(stack ? [stack] : []));
  else console.error(stack ?? message);
}

/** For a start that failed: says why, and ends the process. */
export function exitWithReason(error: unknown, config?: AppConfig): never {
  explainFailure(error, config);
  process.exit(1);
}

function describe(
  error: unknown,
  config: AppConfig | undefined,
): { message: string; stack?: string | undefined } {
  if (error instanceof OperatorError) return { message: error.message };
  if (error instanceof AppError) return { message: sentencesOf(error) };
  const failure = config && explainDatabaseFailure(error, config);
  if (failure) return { message: failure.sentence };
  if (error instanceof Error) return { message: error.message, stack: error.stack };
  return { message: String(error) };
}

function sentencesOf({ message, errors }: AppError): string {
  const findings = errors.map((finding) => `${finding.field}: ${finding.message}`);
  return findings.length > 0 ? findings.join('\n') : message;
}
