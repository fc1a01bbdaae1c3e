import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the `package.json` above this file: of the checkout, or of what was deployed. */
export const VERSION = readVersion(import.meta.dirname);

function readVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (!existsSync(file))
    return folder === dirname(folder) ? 'unknown' : readVersion(dirname(folder));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? 'unknown';
}
