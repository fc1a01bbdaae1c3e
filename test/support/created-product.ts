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

/** Gatehouse as npm packs it, in a folder of its own: a file that was left out of the archive is missing. */
export async function packedGatehouse(): Promise<string> {
  await writeDeclarations();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packed-'));
  chmodSync(folder, 0o755);
  await execFileAsync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
  });
  const archive = join(folder, readdirSync(folder)[0]!);
  await unpack(archive, folder);
  rmSync(archive);
  return folder;
}

async function unpack(archive: string, folder: string): Promise<void> {
  await execFileAsync('tar', ['xzf', archive, '-C', folder, '--strip-components=1']);
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
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  const gatehouse = join(parent, 'gatehouse');
  mkdirSync(gatehouse);
  await unpack(join(folder, archive), gatehouse);
  linkPackages(folder, gatehouse);
  return { folder, output, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
