// Builds unless dist is newer than everything it is built from, so that a second start is quick. Where the
// development packages are not installed, as after `npm prune --omit=dev` or in the image, dist is used as it is.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { STAMP, stamp } from './build.mjs';

const SOURCES = ['src', 'migrations'];
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'scripts/build.mjs',
  'scripts/build-changed.mjs',
];

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
// Folders count too: their time changes when a file is removed.
const below = (folder) => [
  folder,
  ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
];
const newest = (paths) => Math.max(...paths.map(modified));

if (existsSync('node_modules/@nestjs/cli')) {
  const began = new Date();
  const built = modified(STAMP);
  const isNew = built < newest(SETTINGS);
  if (isNew || built < newest(SOURCES.flatMap(below))) {
    const { buildChanged } = await import('./build-changed.mjs');
    if (!buildChanged(isNew)) process.exit(1);
    stamp(began);
  }
} else if (!existsSync(STAMP)) {
  console.error(
    'Gatehouse is not built, and the packages that build it are not installed. Run: npm ci && npm run build',
  );
  process.exit(1);
}
