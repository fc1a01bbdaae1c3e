// Builds unless dist is newer than everything it is built from, so that a second start is quick. Where the
// development packages are not installed, as after `npm prune --omit=dev` or in the image, dist is used as it is.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { build, STAMP } from './build.mjs';

const SOURCES = ['src', 'migrations'];
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/build.mjs',
];

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
// Folders count too: their time changes when a file is removed.
const below = (folder) => [
  folder,
  ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
];
const newest = () => Math.max(...[...SOURCES.flatMap(below), ...SETTINGS].map(modified));

if (existsSync('node_modules/@nestjs/cli')) {
  if (modified(STAMP) < newest()) build();
} else if (!existsSync(STAMP)) {
  console.error(
    'Gatehouse is not built, and the packages that build it are not installed. Run: npm ci && npm run build',
  );
  process.exit(1);
}
