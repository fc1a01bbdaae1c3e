import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder with a `package.json`, from a folder up. Undefined: there is none. */
export function packageFolderAbove(folder: string): string | undefined {
  if (existsSync(join(folder, 'package.json'))) return folder;
  return folder === dirname(folder) ? undefined : packageFolderAbove(dirname(folder));
}

/** The folder of Gatehouse: the checkout, what was deployed, or the package in a product. */
export const OWN_FOLDER = packageFolderAbove(import.meta.dirname) ?? import.meta.dirname;
