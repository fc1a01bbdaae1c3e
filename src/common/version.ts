import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_FOLDER } from './package-folder.js';

/** The version of Gatehouse, of the checkout or of what was deployed. */
export const VERSION = readVersion(join(OWN_FOLDER, 'package.json'));

function readVersion(file: string): string {
  if (!existsSync(file)) return 'unknown';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? 'unknown';
}
