import { parseArgs, type ParseArgsConfig } from 'node:util';
import { OperatorError } from '../common/operator-error.js';

/** The options and other words of a command. Throws `OperatorError` for an option that it does not have. */
export function parseWords<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new OperatorError(error.message, { cause: error });
  }
}

/** Throws `OperatorError` when there are words that a command does not have. */
export function assertNone(positionals: string[]): void {
  if (positionals.length > 0) throw new OperatorError(`Unknown: ${positionals.join(' ')}`);
}
