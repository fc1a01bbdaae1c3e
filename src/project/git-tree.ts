import { OperatorError } from '../common/operator-error.js';
import { git } from './git.js';

/** The committed files of a folder: the ids of their contents, by path. */
export type GitTree = ReadonlyMap<string, string>;

/**
 * Reads the files that git keeps in a folder. Throws `OperatorError` where git keeps none, and for changes that are not
 * committed: what a command does to the folder has to be seen, and taken back, on its own.
 */
export function readCommittedTree(folder: string): GitTree {
  if (git(folder, 'rev-parse', '--verify', 'HEAD').code !== 0) {
    throw new OperatorError(
      `${folder} has no commits: put it under git first, so that you can see what is changed and take it back.`,
    );
  }
  const { output: uncommitted } = git(folder, 'status', '--porcelain', '--', '.');
  if (uncommitted !== '') {
    throw new OperatorError(
      `There are changes in ${folder} that are not committed. Commit or remove them first:\n${uncommitted.trimEnd()}`,
    );
  }
  const { output } = git(folder, 'ls-files', '--stage', '-z');
  return new Map(
    output
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [, id, path] = /^\d+ (\w+) \d\t([^]*)$/.exec(line)!;
        return [path!, id!];
      }),
  );
}

/** The text of a content that the repository keeps; undefined when it does not. */
export function textOfBlob(folder: string, id: string): string | undefined {
  const { code, output } = git(folder, 'cat-file', 'blob', id);
  return code === 0 ? output : undefined;
}
