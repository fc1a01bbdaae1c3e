import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OperatorError } from './operator-error.js';
import { packageFolderAbove } from './package-folder.js';

/** Files of the product that are no code: they stay where they were written, and are not below the compiled `root`. */
export class ProductFiles {
  private readonly folder: string;
  /** The folder that is served under `/static/`, as an absolute path. Undefined: the product has none. */
  readonly staticFolder: string | undefined;

  /**
   * @param root the folder of the compiled application module; undefined: there is no product
   * @param staticFiles the option of that name. Throws `OperatorError` when there is no such folder.
   */
  constructor(root?: string, staticFiles?: string) {
    this.folder = (root === undefined ? undefined : packageFolderAbove(root)) ?? process.cwd();
    if (staticFiles === undefined) return;
    this.staticFolder = resolve(this.folder, staticFiles);
    if (statSync(this.staticFolder, { throwIfNoEntry: false })?.isDirectory()) return;
    throw new OperatorError(
      `forRoot({ staticFiles }): there is no folder ${this.staticFolder}. Paths begin at the folder of package.json.`,
    );
  }

  /**
   * The bytes of a file. Throws `OperatorError` when it cannot be read.
   * @param option what named it, for the message
   * @param path absolute, or from the folder of the product's `package.json`
   */
  readFile(option: string, path: string): Buffer {
    const file = resolve(this.folder, path);
    try {
      return readFileSync(file);
    } catch {
      throw new OperatorError(
        `forRoot({ ${option} }): the file ${file} cannot be read. Paths begin at the folder of package.json.`,
      );
    }
  }
}

/** The version in the `package.json` of the product with this root; undefined if it states none. */
export function versionOfProduct(root: string): string | undefined {
  const folder = packageFolderAbove(root);
  if (folder === undefined) return undefined;
  const text = readFileSync(join(folder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version?: string }).version;
}
