// npm run openapi > openapi.json: prints the OpenAPI document of this checkout, without a server and without a database.
// `npm run check:openapi` validates it instead.
import { spawnSync } from 'node:child_process';
import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import SwaggerParser from '@apidevtools/swagger-parser';

/** Runs a program to its end, and returns what it printed. Exits with its code if it fails. */
function run(...words) {
  const { status, stdout } = spawnSync(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}

run('scripts/build-if-stale.mjs');
const json = run('dist/src/cli.js', 'openapi');

if (process.argv.includes('--check')) {
  await SwaggerParser.validate(JSON.parse(json));
} else {
  if (holdsOnlyBanner()) {
    ftruncateSync(1);
    writeSync(1, json, 0);
  } else process.stdout.write(json);
}

/** Whether standard output is a file with nothing in it but what npm prints before a script, which is no JSON. */
function holdsOnlyBanner() {
  const { npm_package_name, npm_package_version, npm_lifecycle_event, npm_lifecycle_script } =
    process.env;
  const banner = `\n> ${npm_package_name}@${npm_package_version} ${npm_lifecycle_event}\n> ${npm_lifecycle_script}\n\n`;
  const output = fstatSync(1);
  return output.isFile() && output.size === Buffer.byteLength(banner);
}
