import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OperatorError } from '../common/operator-error.js';
import { packageFolderAbove } from '../common/package-folder.js';

const APP_MODULE = 'dist/src/app.module.js';

/** A product, by its `package.json`. Nothing of it is loaded. */
export class ProductFolder {
  private constructor(
    readonly path: string,
    /** Its name in `package.json`. */
    readonly name: string,
    /** The compiled file of its root module, as an absolute path. */
    readonly appModule: string,
    /** The commands of `package.json`, by name. */
    readonly scripts: Readonly<Record<string, string>>,
    /** The packages that it needs, and in which versions. */
    readonly dependencies: Readonly<Record<string, string>>,
  ) {}

  /** The product that a folder belongs to. Throws `OperatorError` when there is no readable `package.json`. */
  static around(folder: string): ProductFolder {
    const path = packageFolderAbove(folder);
    if (path === undefined) {
      throw new OperatorError(
        `There is no package.json in ${folder}, nor above it. Run gatehouse in the folder of a product.`,
      );
    }
    const file = join(path, 'package.json');
    const { name, gatehouse, scripts = {}, dependencies = {} } = read(file);
    const appModule = gatehouse?.module ?? APP_MODULE;
    if (typeof appModule !== 'string') {
      throw new OperatorError(
        `${file}: "gatehouse": { "module" } is not a path. It names the compiled root module, such as ${APP_MODULE}.`,
      );
    }
    return new ProductFolder(path, name ?? path, resolve(path, appModule), scripts, dependencies);
  }
}

interface PackageJson {
  name?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  gatehouse?: { module?: unknown };
}

function read(file: string): PackageJson {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
  } catch (error) {
    throw new OperatorError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
