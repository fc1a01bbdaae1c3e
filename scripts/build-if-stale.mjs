// Builds unless what is built is newer than everything it is built from, so that a second start is quick.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';

const SOURCES = ['src', 'migrations'];
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/bundle.mjs',
];
const STAMP = 'dist/.built';

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
// Folders count too: their time changes when a file is removed.
const below = (folder) => [
  folder,
  ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
];
const newest = Math.max(...[...SOURCES.flatMap(below), ...SETTINGS].map(modified));

if (modified(STAMP) < newest) {
  const begun = new Date();
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(STAMP, '');
  utimesSync(STAMP, begun, begun);
}
