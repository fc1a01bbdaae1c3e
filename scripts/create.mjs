// npm run create -- ../my-app: makes a product that depends on an archive of what was built here, in its own folder.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { VERSION } from '../create/render-template.js';
import { runCreate } from '../create/run-create.js';

const ROOT = join(import.meta.dirname, '..');

function packInto(folder) {
  const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', resolve(folder)];
  const { status, error } = spawnSync('npm', words, {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('npm pack failed', { cause: error });
}

// npm runs scripts in the folder of package.json; the folder to write is named from where the caller is.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);
process.exitCode = runCreate(process.argv.slice(2), {
  command: 'npm run create --',
  gatehouse: `file:gatehouse-${VERSION}.tgz`,
  onCreated: packInto,
});
