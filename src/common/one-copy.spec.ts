import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assertOneCopy } from './one-copy.js';

describe('assertOneCopy()', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'gatehouse-copies-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each(['@nestjs/common', '@nestjs/core', 'typeorm', 'class-validator', 'reflect-metadata'])(
    'names both copies of %s',
    (name) => {
      const theirs = join(folder, 'node_modules', name);
      mkdirSync(theirs, { recursive: true });
      writeFileSync(join(theirs, 'package.json'), '{}');
      const ours = resolve('node_modules', name);
      expect(() => assertOneCopy(join(folder, 'dist/src'))).toThrow(
        `There are two copies of ${name}: this product loads ${theirs}, and Gatehouse loads ${ours}.`,
      );
    },
  );

  it('accepts a product without packages of its own, and one that shares those of Gatehouse', () => {
    expect(() => assertOneCopy(folder)).not.toThrow();
    expect(() => assertOneCopy(import.meta.dirname)).not.toThrow();
  });
});
