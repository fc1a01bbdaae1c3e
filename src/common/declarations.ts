import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Type } from '@nestjs/common';
import { DeclarationError } from './declaration-error.js';
import type { Definitions } from './definitions.js';
import { type ExistingApplication, schemaNameOf } from './existing-application.js';

/** Files that are found by their names, so that no list names them. */
const KINDS = {
  entity: /\.entity\.[jt]s$/,
  permissions: /\.permissions\.[jt]s$/,
  emails: /\.emails\.[jt]sx?$/,
  limits: /\.limits\.[jt]s$/,
  metrics: /\.metrics\.[jt]s$/,
  settings: /\.settings\.[jt]s$/,
  problems: /\.problems\.[jt]s$/,
  audit: /\.audit\.[jt]s$/,
  jobs: /\.jobs\.[jt]s$/,
  command: /\.command\.[jt]s$/,
  seed: /\.seed\.[jt]s$/,
  migration: /^\d+-[\w-]+\.[jt]s$/,
};

/** The kinds of which Gatehouse itself has files. */
const OUR_KINDS = new Set<string>(['entity', 'permissions', 'migration']);

export type DeclarationKind = keyof typeof KINDS;

/** A value that a file exports, and the file, as a person names it. */
export interface Declaration {
  value: unknown;
  file: string;
  /** False for what Gatehouse itself declares. */
  isOfProduct: boolean;
}

/** What a `define…()` was given, and in which file. */
export interface Defined<Definition> {
  definition: Definition;
  /** What it returned, or a class that extends that. */
  handle: unknown;
  file: string;
  isOfProduct: boolean;
}

/** A file of a kind that was imported. */
export interface DeclaringFile {
  exported: unknown[];
  /** Its path, as a person names it. */
  file: string;
  isOfProduct: boolean;
}

interface Folder {
  path: string;
  isOfProduct: boolean;
}

/** The folder of the compiled `src` and `migrations` of Gatehouse. */
const OURS = join(import.meta.dirname, '../..');

/** What Gatehouse and the product declare, in files whose names say what they hold. */
export class Declarations {
  /** The schema that holds our tables; undefined: the first one of the search path. */
  readonly schema: string | undefined;
  private readonly folders: Folder[];
  /** The paths of the files below a folder. No file appears while a process runs. */
  private readonly files = new Map<string, string[]>();

  /**
   * @param root the folder of the compiled application module of the product: files are found below it, and migrations
   *   in the folder `migrations` in it or beside it. Undefined: there is no product.
   */
  constructor(
    readonly root?: string,
    /** The class whose columns a product adds to the user. */
    readonly userFields?: Type,
    /** The application had a database of its own before. Then all that is found below the root is for Gatehouse. */
    readonly existing?: ExistingApplication,
  ) {
    this.schema = existing && schemaNameOf(existing);
    this.folders = [{ path: join(OURS, 'src'), isOfProduct: false }];
    if (root !== undefined) this.folders.push({ path: root, isOfProduct: true });
  }

  /** All exports of the files of a kind: Gatehouse's own, then those of the product, each in the order of their paths. */
  async exportsOf(kind: DeclarationKind): Promise<Declaration[]> {
    return (await this.importFiles(kind)).flatMap(({ exported, file, isOfProduct }) =>
      exported.map((value) => ({ value, file, isOfProduct })),
    );
  }

  /**
   * Everything that a `define…()` was given in the files of a kind, each once. Throws `DeclarationError` for a file of
   * the product that exports no such thing.
   */
  async definitionsOf<Definition>(
    kind: DeclarationKind,
    definitions: Definitions<Definition>,
  ): Promise<Defined<Definition>[]> {
    const found = new Map<unknown, Defined<Definition>>();
    for (const { exported, file, isOfProduct } of await this.importFiles(kind)) {
      const handles = exported.filter((value) => definitions.definitionOf(value) !== undefined);
      if (handles.length === 0 && isOfProduct) {
        throw new DeclarationError(
          file,
          `it exports nothing that ${definitions.maker}() returned.`,
        );
      }
      for (const handle of handles.filter((one) => !found.has(one))) {
        const definition = definitions.definitionOf(handle)!;
        found.set(handle, { definition, handle, file, isOfProduct });
      }
    }
    return [...found.values()];
  }

  /** The files of a kind: Gatehouse's own, then those of the product, each in the order of their paths. */
  async importFiles(kind: DeclarationKind): Promise<DeclaringFile[]> {
    const found: DeclaringFile[] = [];
    // One after the other: two at once that import the same file can meet before it is linked.
    for (const { path, isOfProduct } of this.filesOf(kind)) {
      const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
      const file = isOfProduct ? relative(process.cwd(), path) : relative(OURS, path);
      found.push({ exported: Object.values(module), file, isOfProduct });
    }
    return found;
  }

  private filesOf(kind: DeclarationKind): Folder[] {
    const folders = kind === 'migration' ? this.migrationFolders() : this.folders;
    const declaring = folders.filter(({ isOfProduct }) => isOfProduct || OUR_KINDS.has(kind));
    return declaring.flatMap(({ path, isOfProduct }) =>
      this.filesBelow(path)
        .filter((file) => KINDS[kind].test(basename(file)))
        .toSorted()
        .map((file) => ({ path: join(path, file), isOfProduct })),
    );
  }

  private migrationFolders(): Folder[] {
    const ours = { path: join(OURS, 'migrations'), isOfProduct: false };
    if (this.root === undefined) return [ours];
    // Beside the root are those of the application.
    const parents = this.existing ? [this.root] : [this.root, dirname(this.root)];
    const path = parents.map((parent) => join(parent, 'migrations')).find(existsSync);
    return path === undefined ? [ours] : [ours, { path, isOfProduct: true }];
  }

  /** Read once: each kind would walk through the same folders again. */
  private filesBelow(folder: string): string[] {
    const known = this.files.get(folder);
    if (known) return known;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.split(sep).includes('node_modules'),
    );
    this.files.set(folder, files);
    return files;
  }
}
