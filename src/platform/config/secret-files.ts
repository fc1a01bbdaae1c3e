import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The variables that hold a secret. Each may be given as `<NAME>_FILE` instead, the path of a file that holds it. */
export const SECRET_VARIABLES: readonly string[] = [
  'APP_SECRET',
  'APP_SECRET_PREVIOUS',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'SMTP_URL',
  'METRICS_TOKEN',
  'TRUSTED_CLIENT_SECRET',
];

/** `OIDC_<NAME>_CLIENT_SECRET`, one for each provider. */
const PROVIDER_SECRET = /^OIDC_.+_CLIENT_SECRET$/;

const SUFFIX = '_FILE';
const MAX_BYTES = 64 * 1024;

type Variables = Record<string, string | undefined>;

/** A secret that could not be read. The sentence never repeats the path: a secret set by mistake may stand there. */
export interface SecretFileProblem {
  /** The variable without `_FILE`. */
  name: string;
  sentence: string;
}

/** Returns the variables with each secret of a file under its own name, and one problem for each that has none. */
export function withSecretFiles(
  variables: Variables,
  isSecret = (name: string) => SECRET_VARIABLES.includes(name) || PROVIDER_SECRET.test(name),
): { variables: Variables; problems: SecretFileProblem[] } {
  const read = { ...variables };
  const problems: SecretFileProblem[] = [];
  for (const [variable, text] of Object.entries(variables)) {
    const name = variable.slice(0, -SUFFIX.length);
    const path = text?.trim();
    if (!variable.endsWith(SUFFIX) || !path || !isSecret(name)) continue;
    try {
      if (variables[name]?.trim())
        throw new UnusableFile(`and ${name} are both set. Set one of them`);
      read[name] = readSecret(path);
    } catch (error) {
      problems.push({ name, sentence: `${variable} ${reasonOf(error)}.` });
    }
  }
  return { variables: read, problems };
}

/** Cuts one line break at the end, which editors and `echo` add. */
export function withoutFinalLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

class UnusableFile extends Error {}

function readSecret(path: string): string {
  // Without O_NONBLOCK, a pipe that nobody writes to would block the start.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw new UnusableFile('names a directory, not a file');
    if (!status.isFile()) throw new UnusableFile('names a device or a pipe, not a file');
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let count = 1; count > 0 && length < buffer.length; length += count) {
      count = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > MAX_BYTES) throw new UnusableFile('names a file of more than 64 KiB');
    const text = decode(buffer.subarray(0, length));
    if (text.trim() === '') throw new UnusableFile('names a file that is empty');
    return withoutFinalLineBreak(text);
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UnusableFile('names a file that is not UTF-8 text', { cause });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UnusableFile) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'names a file that does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'names a file that this user may not read';
  return `names a file that cannot be read (${code})`;
}
