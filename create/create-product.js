import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { renderTemplate, VERSION } from './render-template.js';

/** What npm accepts as a name, and what works as a folder of `node_modules`. */
const NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const TAKEN = new Set(['gatehouse', 'node_modules', 'favicon.ico']);

/** A request that cannot be met. Its message is for the person who made it. */
export class Refusal extends Error {}

/**
 * Writes a product into a folder that is empty or does not exist. Throws `Refusal`, and then has written nothing.
 * @param {string} folder
 * @param {{ name?: string, example?: boolean, gatehouse?: string }} options
 * @returns {number} how many files it has
 */
export function createProduct(folder, { name, example = false, gatehouse } = {}) {
  const root = resolve(folder);
  assertEmpty(root);
  const options = { name: name ?? nameOf(root), example };
  if (!NAME.test(options.name) || options.name.length > 214 || TAKEN.has(options.name)) {
    throw new Refusal(
      `"${options.name}" cannot be the name of a package. Choose another one: --name my-app`,
    );
  }
  const files = renderTemplate({ ...options, gatehouse });
  const record = { version: VERSION, ...options, files: Object.fromEntries(files), ejected: {} };
  files.set('.gatehouse.json', `${JSON.stringify(record, null, 2)}\n`);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    // Never over a file that was not there a moment ago.
    writeFileSync(join(root, path), text, { flag: 'wx' });
  }
  return files.size;
}

function assertEmpty(root) {
  if (!existsSync(root)) return;
  if (!statSync(root).isDirectory()) throw new Refusal(`${root} is a file. Name a folder.`);
  if (readdirSync(root).length > 0) {
    throw new Refusal(`${root} is not empty. Name a folder that is, or one that does not exist.`);
  }
}

/** The name of the folder as that of a package. */
function nameOf(root) {
  return basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._~-]+/g, '-')
    .replaceAll(/^[._-]+|[._-]+$/g, '');
}
