import { OperatorError } from './common/operator-error.js';

/** Says what a person can act on; only the unexpected gets a stack trace. */
export function explainFailure(error: unknown): void {
  const isExpected =
    error instanceof OperatorError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(isExpected ? (error as Error).message : error);
}

/** For a start that failed: says why, and ends the process. */
export function exitWithReason(error: unknown): never {
  explainFailure(error);
  process.exit(1);
}
