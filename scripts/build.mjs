// npm run build: compiles to dist, and records when the build began.
import { spawnSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';

/** Its time is when the latest complete build began: files changed since then are not in dist. */
export const STAMP = 'dist/.built';

const NEST = 'node_modules/@nestjs/cli/bin/nest.js';

/** Exits with the compiler's code if it fails. */
export function build() {
  const began = new Date();
  const { status } = spawnSync(process.execPath, [NEST, 'build'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(STAMP, '');
  utimesSync(STAMP, began, began);
}

if (process.argv[1] === import.meta.filename) build();
