import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_FOLDER } from '../common/package-folder.js';

/** A version of Gatehouse that products cloned, as `releases/<version>.json` lists it. */
export interface Release {
  version: string;
  /** Its commit in the repository of Gatehouse. */
  commit: string;
  /** The ids that git gives to the contents of its files, by path: `git ls-tree -r <commit>`. */
  files: Record<string, string>;
  /** The names of the packages, and of the commands, in its `package.json`. */
  packages: string[];
  scripts: string[];
}

/** The only version that was there to be cloned. Later ones are packages. */
export function clonedRelease(): Release {
  const file = join(OWN_FOLDER, 'src/project/releases/0.1.0.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Release;
}
