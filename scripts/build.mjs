// npm run build: compiles to dist, with types checked and declarations, and records when the build began.
import { spawnSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';

/** Its time is when the latest complete build began: files changed since then are not in dist. */
const STAMP = 'dist/.built';

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';

/** Records that everything that was there at a time is in dist. */
export function stamp(began) {
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
}

export { STAMP };

/** Exits with the compiler's code if it fails. */
function build() {
  const began = new Date();
  console.error('Building, with a check of all types. This takes a while.');
  const { status } = spawnSync(process.execPath, [NEST, 'build'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  stamp(began);
  console.error(`Built in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

if (process.argv[1] === import.meta.filename) build();
