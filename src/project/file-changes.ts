import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { OperatorError } from '../common/operator-error.js';

/** What a path names: a plain file, nothing, or anything else, such as a folder or what a symbolic link leads to. */
export type PathState = 'file' | 'nothing' | 'other';

/**
 * Changes to the files of a folder that are made all together or not at all. No path leads out of the folder, and none
 * over a symbolic link.
 */
export class FileChanges {
  /** New texts by path; null for a file that is deleted. */
  private readonly texts = new Map<string, string | null>();

  constructor(private readonly folder: string) {}

  /** What a path of the folder names. Throws `OperatorError` for a path that leads out of it. */
  stateOf(path: string): PathState {
    assertInside(path);
    const parts = normalize(path).split(sep);
    for (let length = 1; length <= parts.length; length++) {
      const state = this.stat(parts.slice(0, length).join(sep));
      if (!state) return 'nothing';
      const isLast = length === parts.length;
      if (isLast ? !state.isFile() : !state.isDirectory()) return 'other';
    }
    return 'file';
  }

  /** The text of a file; undefined without one. */
  read(path: string): string | undefined {
    return this.stateOf(path) === 'file'
      ? readFileSync(join(this.folder, path), 'utf8')
      : undefined;
  }

  write(path: string, text: string): void {
    this.texts.set(path, text);
  }

  delete(path: string): void {
    this.texts.set(path, null);
  }

  /** Makes them. When one fails, every file is as it was before, and the failure is thrown. */
  apply(): void {
    for (const path of this.texts.keys()) {
      if (this.stateOf(path) !== 'other') continue;
      throw new OperatorError(
        `${path} is not a plain file, or a symbolic link leads to it. Nothing was changed.`,
      );
    }
    const undo: (() => void)[] = [];
    try {
      const staged = [...this.texts].map(([path, text]) => this.stage(path, text, undo));
      for (const change of staged) change();
    } catch (error) {
      for (const step of undo.toReversed()) step();
      throw error;
    }
    // What a deletion left empty.
    for (const [path, text] of this.texts) if (text === null) this.removeEmpty(dirname(path));
  }

  /** Writes a new text next to its file, and returns what puts it in the place of the old one. */
  private stage(path: string, text: string | null, undo: (() => void)[]): () => void {
    const file = join(this.folder, path);
    const before = this.stat(path);
    const bytes = before && readFileSync(file);
    const restore = () => {
      if (!bytes) return rmSync(file, { force: true });
      writeFileSync(file, bytes, { mode: before.mode });
    };
    if (text === null) {
      return () => {
        undo.push(restore);
        rmSync(file, { force: true });
      };
    }
    this.makeFolder(dirname(path), undo);
    const fresh = `${file}.gatehouse-new`;
    // One that is there is not ours.
    closeSync(openSync(fresh, 'wx'));
    undo.push(() => rmSync(fresh, { force: true }));
    writeFileSync(fresh, text);
    if (before) chmodSync(fresh, before.mode);
    return () => {
      undo.push(restore);
      renameSync(fresh, file);
    };
  }

  private makeFolder(path: string, undo: (() => void)[]): void {
    if (this.stat(path)) return;
    this.makeFolder(dirname(path), undo);
    mkdirSync(join(this.folder, path));
    undo.push(() => rmdirSync(join(this.folder, path)));
  }

  private removeEmpty(path: string): void {
    if (path === '.') return;
    try {
      rmdirSync(join(this.folder, path));
    } catch {
      // Other files are in it, or it is gone.
      return;
    }
    this.removeEmpty(dirname(path));
  }

  private stat(path: string): Stats | undefined {
    return lstatSync(join(this.folder, path), { throwIfNoEntry: false });
  }
}

function assertInside(path: string): void {
  const [first] = normalize(path).split(sep);
  if (path === '' || isAbsolute(path) || first === '..' || path.includes('\0')) {
    throw new OperatorError(`${JSON.stringify(path)} is not a file of this product.`);
  }
}
