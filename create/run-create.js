import { parseArgs } from 'node:util';
import { createProduct, Refusal } from './create-product.js';

const OPTIONS = {
  name: { type: 'string' },
  example: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

const usage = (command) => `Makes a product: an application with the accounts of Gatehouse.

Usage: ${command} <folder> [options]

  <folder>         where to write it: a folder that is empty or does not exist
  --name <name>    the name of its package (default: the name of the folder)
  --example        with a module of articles: table, migration, permissions, pages, emails, tests
  -h, --help       this text
`;

/**
 * Does what the words of a command line ask for, and prints what to do next.
 * @param {string[]} words
 * @param {{ command: string, gatehouse?: string, onCreated?: (folder: string) => void }} from how the command begins,
 *   what `package.json` asks for, and what to do with a folder that was written
 * @returns {number} the exit code: 1 for a request that cannot be met, 2 for words that are not understood
 */
export function runCreate(words, { command, gatehouse, onCreated }) {
  let parsed;
  try {
    parsed = parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return misunderstood(error.message, command);
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(usage(command));
    return 0;
  }
  const [folder, ...others] = positionals;
  if (!folder) return misunderstood('Name a folder.', command);
  if (others.length > 0) return misunderstood(`Name one folder, not also ${others[0]}.`, command);
  try {
    const { name, example } = values;
    const count = createProduct(folder, { name, example, gatehouse });
    onCreated?.(folder);
    const quoted = /^[\w@%+=:,./~-]+$/.test(folder)
      ? folder
      : `'${folder.replaceAll("'", `'\\''`)}'`;
    console.log(
      `Wrote ${count} files into ${folder}. Next:\n\n  cd ${quoted}\n  npm install\n  npm start\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    return 1;
  }
}

function misunderstood(sentence, command) {
  console.error(`${sentence}\n\n${usage(command)}`);
  return 2;
}
