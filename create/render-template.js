import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname;

/** The version of Gatehouse whose products these are. */
export const VERSION = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8')).version;

/** npm leaves files of these names out of packages, or reads them itself. */
const NAMES = { gitignore: '.gitignore' };

/**
 * Renders the files of a product.
 * @param {import('./render-template.js').ProductOptions} options
 * @returns {Map<string, string>} texts by path, in the order of the paths
 */
export function renderTemplate({ name, example, gatehouse = `^${VERSION}` }) {
  const values = { name, title: titleOf(name), gatehouse };
  const texts = { ...textsIn('template'), ...(example ? textsIn('example') : {}) };
  return new Map(
    Object.entries(texts)
      .map(([path, text]) => [NAMES[path] ?? path, fill(text, values)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The name of a package as people read it: `my-app` is "My App". */
function titleOf(name) {
  const words = name.replace(/^@.*\//, '').split(/[-._~]+/);
  return words
    .filter(Boolean)
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join(' ');
}

function textsIn(folder) {
  const root = join(HERE, folder);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file.slice(root.length + 1), readFileSync(file, 'utf8')];
    }),
  );
}

function fill(text, values) {
  return text.replaceAll(/\{\{(name|title|gatehouse)\}\}/g, (_, key) => values[key]);
}
