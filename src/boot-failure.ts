import { AccessError } from './auth/access-table.js';
import { ConfigError } from './config/load-config.js';
import { EmbeddedPostgresError } from './database/embedded/errors.js';

/** Says what a person can act on; only the unexpected gets a stack trace. */
export function explainFailure(error: unknown): void {
  const isExpected =
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError ||
    error instanceof AccessError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(isExpected ? (error as Error).message : error);
}

/** For a start that failed: says why, and ends the process. */
export function exitWithReason(error: unknown): never {
  explainFailure(error);
  process.exit(1);
}
