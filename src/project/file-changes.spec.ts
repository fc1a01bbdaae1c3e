import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OperatorError } from '../common/operator-error.js';
import { FileChanges } from './file-changes.js';

describe('changes to the files of a product', () => {
  let parent: string;
  let folder: string;
  let changes: FileChanges;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'gatehouse-changes-'));
    folder = join(parent, 'product');
    mkdirSync(folder);
    changes = new FileChanges(folder);
    writeFileSync(join(folder, 'a.txt'), 'before');
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const everything = () =>
    readdirSync(parent, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(parent, path)).isFile())
      .map((path) => [path, readFileSync(join(parent, path), 'utf8')]);

  it('write, delete and make folders, and keep the rights of a file', () => {
    chmodSync(join(folder, 'a.txt'), 0o750);
    mkdirSync(join(folder, 'old/er'), { recursive: true });
    writeFileSync(join(folder, 'old/er/b.txt'), 'b');
    changes.write('a.txt', 'after');
    changes.write('new/er/c.txt', 'c');
    changes.delete('old/er/b.txt');
    changes.delete('never-there.txt');
    changes.apply();
    expect(everything()).toEqual([
      ['product/a.txt', 'after'],
      ['product/new/er/c.txt', 'c'],
    ]);
    expect(statSync(join(folder, 'a.txt')).mode & 0o777).toBe(0o750);
    expect(existsSync(join(folder, 'old'))).toBe(false);
  });

  it('are all undone when one of them fails', () => {
    writeFileSync(join(folder, 'b.txt'), 'b');
    // Another program is writing there.
    writeFileSync(join(folder, 'c.txt.gatehouse-new'), 'theirs');
    const before = everything();
    changes.delete('b.txt');
    changes.write('a.txt', 'after');
    changes.write('new/folder/d.txt', 'd');
    changes.write('c.txt', 'c');
    expect(() => changes.apply()).toThrow('EEXIST');
    expect(everything()).toEqual(before);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it.each(['../a.txt', '/etc/a.txt', 'b/../../a.txt', '', 'a\0.txt'])('refuse %j', (path) => {
    expect(() => changes.read(path)).toThrow(OperatorError);
    changes.write(path, 'x');
    expect(() => changes.apply()).toThrow(OperatorError);
  });

  it('follow no symbolic link, whether a folder or the file is one', () => {
    writeFileSync(join(parent, 'outside.txt'), 'outside');
    symlinkSync(join(parent, 'outside.txt'), join(folder, 'link.txt'));
    symlinkSync(parent, join(folder, 'out'));
    for (const path of ['link.txt', 'out/outside.txt', 'out/new.txt']) {
      const one = new FileChanges(folder);
      expect([one.read(path), one.stateOf(path)]).toEqual([undefined, 'other']);
      one.write('a.txt', 'after');
      one.write(path, 'x');
      expect(() => one.apply()).toThrow(/symbolic link leads to it\. Nothing was changed\./);
    }
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('before');
    expect(readFileSync(join(parent, 'outside.txt'), 'utf8')).toBe('outside');
  });
});
