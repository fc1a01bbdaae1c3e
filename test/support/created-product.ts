import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CommandResult } from './command-line.js';
import { ROOT } from './process.js';
import { linkPackages } from './product.js';
import { writeDeclarations } from './typed-product.js';

const execFileAsync = promisify(execFile);

/** Runs `npm run create -- …` without npm. */
export async function runCreate(...words: string[]): Promise<CommandResult> {
  const script = join(ROOT, 'scripts/create.mjs');
  return execFileAsync(process.execPath, [script, ...words], { cwd: ROOT }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      output: error.stdout + error.stderr,
    }),
  );
}

/**
 * A product as `npm run create` writes it, and installed as npm does it: Gatehouse is unpacked from the archive, so that
 * a file that was left out of it is missing. Other packages are linked.
 * @returns its folder, and what removes it
 */
export async function createdProduct(...options: string[]) {
  await writeDeclarations();
  const parent = mkdtempSync(join(tmpdir(), 'gatehouse-create-'));
  chmodSync(parent, 0o711);
  const folder = join(parent, 'my-app');
  const { code, output } = await runCreate(folder, ...options);
  if (code !== 0) throw new Error(output);
  const gatehouse = join(parent, 'gatehouse');
  mkdirSync(gatehouse);
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  await execFileAsync('tar', [
    'xzf',
    join(folder, archive),
    '-C',
    gatehouse,
    '--strip-components=1',
  ]);
  linkPackages(folder, gatehouse);
  return { folder, output, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
