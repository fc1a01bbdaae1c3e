import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.js';

const FILE = '.env';

/** One line that means something, with all lines of a value in quotes; or a comment, or an empty line. */
const STATEMENT =
  /(?:[ \t]*(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*=[ \t]*(?:'[^']*'|"[^"]*"|`[^`]*`|(?!['"`])[^\r\n]*))?[ \t]*(?:#[^\r\n]*)?(?:\r?\n|$)/y;

/** `.env` cannot be read, so what it says is unknown. */
export class EnvFileError extends ConfigError {}

/**
 * Sets what `.env` in the working directory says and the environment does not. Node's own `loadEnvFile` ignores a file
 * in another encoding and drops lines that it cannot read, so a start would miss settings without a word.
 * Throws `EnvFileError`.
 */
export function loadEnvFile(): void {
  const text = readText();
  if (text === undefined) return;
  const line = malformedLine(text);
  if (line !== undefined) {
    throw new EnvFileError([
      `Line ${line} of ${FILE} is malformed. Write NAME=value, or NAME="value".`,
    ]);
  }
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
}

function readText(): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(FILE));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new EnvFileError([`${FILE} ${reasonOf(code)}`]);
  }
}

function reasonOf(code: string | undefined): string {
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8 text. Save it as UTF-8.';
  if (code === 'EISDIR')
    return 'is a directory. Remove it, or put the settings in a file of that name.';
  if (code === 'EACCES' || code === 'EPERM') {
    return 'cannot be read by this user. Allow it, or start where there is no such file.';
  }
  return `cannot be read (${code}).`;
}

/** The number of the first line that is no statement. */
function malformedLine(text: string): number | undefined {
  STATEMENT.lastIndex = 0;
  for (let position = 0; position < text.length; position = STATEMENT.lastIndex) {
    if (!STATEMENT.test(text)) return text.slice(0, position).split('\n').length;
  }
  return undefined;
}
