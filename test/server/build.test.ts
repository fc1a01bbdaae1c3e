import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const SETTINGS = [
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'scripts',
];

const FILES = {
  'src/level.ts': `export type Level = 'low' | 'high';\n`,
  'src/thing.dto.ts': `import type { Level } from './level.js';
/** A thing. */
export class ThingDto {
  /** How high it is. */
  level!: Level;
}
`,
  'src/thing.controller.ts': `import { Controller, Get } from '@nestjs/common';
import { ThingDto } from './thing.dto.js';
import { ThingsService } from './things.service.js';

@Controller('things')
export class ThingsController {
  constructor(private readonly things: ThingsService) {}

  /** All things. */
  @Get()
  list(): ThingDto[] {
    return this.things.list();
  }
}
`,
  'src/things.service.ts': `import { Injectable } from '@nestjs/common';
import type { ThingDto } from './thing.dto.js';

@Injectable()
export class ThingsService {
  list(): ThingDto[] {
    return [];
  }
}
`,
  'migrations/1-Nothing.ts': 'export const nothing = 1;\n',
  'src/site/kit/assets/app.css': 'body {}\n',
  'src/server/assets/swagger-ui.css': 'body {}\n',
};
const DOCUMENTED = ['dist/src/thing.dto.js', 'dist/src/thing.controller.js'];

describe('the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-build-'));
  beforeAll(() => {
    for (const name of SETTINGS) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [path, text] of Object.entries(FILES)) write(path, text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, text: string) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const edit = (path: string, from: string, to: string) => {
    expect(read(path)).toContain(from);
    write(path, read(path).replace(from, to));
  };
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const documented = () => DOCUMENTED.map(read);

  /** Runs a script of ours, and returns its exit code and what it prints. */
  function run(script: string) {
    const { status, stderr } = spawnSync(process.execPath, [join('scripts', script)], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { status, printed: stderr };
  }

  it('documents from nothing, and says how far it is', () => {
    const first = run('build-if-stale.mjs');
    expect(first).toMatchObject({ status: 0 });
    expect(first.printed).toMatch(
      /^Building 5 files\..*\n {2}Read \d+ files in .*\nBuilt 5 files in /,
    );
    expect(read('dist/src/site/kit/assets/app.css')).toBe('body {}\n');
    const quick = documented();
    expect(quick[0]).toContain('"high", "low"');
    expect(quick[1]).toContain('summary: "All things."');
  });

  it('does nothing when nothing has changed', () => {
    expect(run('build-if-stale.mjs')).toEqual({ status: 0, printed: '' });
  });

  it('translates a file alone whose change no other file can see', () => {
    edit('src/things.service.ts', 'return [];', 'return [{ level: "low" }];');
    expect(run('build-if-stale.mjs').printed).toMatch(/^Built 1 file in /);
    expect(read('dist/src/things.service.js')).toContain('"low"');
  });

  it('documents a type again that another file has changed, as a whole build does', () => {
    edit('src/level.ts', `'high'`, `'middle' | 'high'`);
    expect(run('build-if-stale.mjs').printed).toMatch(/^Built 3 files in /);
    const quick = documented();
    expect(quick[0]).toContain('"middle"');
    expect(run('build.mjs')).toMatchObject({ status: 0 });
    expect(documented()).toEqual(quick);
  });

  it('removes what was made of a file that is gone', () => {
    unlinkSync(join(folder, 'migrations/1-Nothing.ts'));
    expect(run('build-if-stale.mjs')).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, 'dist/migrations/1-Nothing.js'))).toBe(false);
  });

  it('names what does not parse, keeps what was built, and tries again', () => {
    edit('src/level.ts', `'low'`, `'lowest'`);
    edit('src/things.service.ts', 'list()', 'list((');
    for (let i = 0; i < 2; i++) {
      const { status, printed } = run('build-if-stale.mjs');
      expect(status).toBe(1);
      expect(printed).toContain('things.service.ts');
    }
    edit('src/things.service.ts', 'list((', 'list()');
    expect(run('build-if-stale.mjs')).toMatchObject({ status: 0 });
    expect(read(DOCUMENTED[0]!)).toContain('"lowest"');
  });

  it('begins anew after a build that was killed', () => {
    unlinkSync(join(folder, 'dist/.built'));
    write('dist/src/level.js', 'half');
    write('dist/src/gone.js', 'of a file that is gone');
    expect(run('build-if-stale.mjs').printed).toMatch(/^Building 4 files\./);
    expect(read('dist/src/level.js')).not.toContain('half');
    expect(existsSync(join(folder, 'dist/src/gone.js'))).toBe(false);
  });
});
