import { OperatorError } from '../../../common/operator-error.js';
import { reasonOfDataFolder } from '../../config/data-folder.js';

/** The embedded PostgreSQL cannot be used, and trying again would not help. The message says what to do. */
export class EmbeddedPostgresError extends OperatorError {}

/** Explains why the embedded PostgreSQL of a data folder cannot start. */
export function embeddedError(cause: unknown, dataDir: string): OperatorError {
  if (cause instanceof OperatorError) return cause;
  const reason =
    reasonOfDataFolder(cause, dataDir) ??
    `The embedded PostgreSQL cannot start: ${complaintOf(cause)}. Fix that, or set DATABASE_URL to a PostgreSQL 15 or newer.`;
  return new EmbeddedPostgresError(reason, { cause });
}

/** What a program of PostgreSQL complained of, which says more than that it failed; or the message. */
function complaintOf(cause: unknown): string {
  const { stderr, message } = cause as { stderr?: unknown; message?: unknown };
  const lines = (typeof stderr === 'string' ? stderr : '')
    .split('\n')
    .filter((line) => line.trim());
  const complaint = lines.find((line) => /error|fatal|panic/i.test(line)) ?? lines.at(-1);
  return (complaint ?? String(message ?? cause)).trim().replace(/\.$/, '');
}
