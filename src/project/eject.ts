import { OperatorError } from '../common/operator-error.js';
import { VERSION } from '../common/version.js';
import { FileChanges } from './file-changes.js';
import { differenceOf, merge } from './merge.js';
import { parseWords } from './parse-words.js';
import type { ProductFolder } from './product-folder.js';
import { type ProductRecord, readRecord, writeRecord } from './product-record.js';
import { type Template, templateNames, templateOf } from './templates.js';

const OPTIONS = { keep: { type: 'boolean', default: false } } as const;

/**
 * `npx gatehouse eject page:login`: copies a page or an email of Gatehouse into the product, and records where it is
 * from. For a copy that is there, it merges what has changed since; `--keep` leaves the copy and records that it was
 * compared. Without a name it lists what there is.
 * @returns the exit code: 1 for a merge with conflicts
 */
export async function eject(product: ProductFolder, words: string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS);
  const [name, ...others] = positionals;
  if (others.length > 0) throw new OperatorError('Name one template at a time.');
  if (name === undefined) {
    console.log(`Copy one into the product: npx gatehouse eject <name>\n`);
    for (const one of templateNames()) console.log(`  ${one}`);
    return 0;
  }
  const template = templateOf(name);
  if (!template) {
    throw new OperatorError(
      `There is no template ${JSON.stringify(name)}. All of them: npx gatehouse eject`,
    );
  }
  const changes = new FileChanges(product.path);
  const record = readRecord(changes) ?? { version: VERSION, files: {}, ejected: {} };
  const existing = Object.entries(record.ejected).find(([, file]) => file.template === name);
  if (existing && changes.stateOf(existing[0]) === 'file') {
    return bringUpToDate(changes, record, template, existing[0], values.keep);
  }
  if (changes.stateOf(template.path) !== 'nothing') {
    throw new OperatorError(`${template.path} is there already, and is not a copy of ${name}.`);
  }
  changes.write(template.path, template.text);
  recordCopy(changes, record, template, template.path);
  changes.apply();
  console.log(`Wrote ${template.path}.`);
  if (template.toAdd.length > 0) {
    console.log(`To have it shown, add to src/app.module.ts:\n`);
    for (const line of template.toAdd) console.log(`  ${line}`);
  }
  return 0;
}

function bringUpToDate(
  changes: FileChanges,
  record: ProductRecord,
  template: Template,
  path: string,
  isKept: boolean,
): number {
  const { text: base } = record.ejected[path]!;
  const ours = changes.read(path)!;
  if (base === template.text) {
    console.log(`${path} is a copy of what ${VERSION} has, with your changes.`);
    return 0;
  }
  const merged = isKept
    ? { text: ours, isClean: true }
    : merge(path, { base, ours, theirs: template.text });
  if (!merged.isClean) {
    console.log(
      `Both sides changed the same lines of ${path}:\n\n${merged.text}\nEdit it, then run: npx gatehouse eject ${template.name} --keep`,
    );
    return 1;
  }
  if (merged.text !== ours) changes.write(path, merged.text);
  recordCopy(changes, record, template, path);
  changes.apply();
  const difference = differenceOf(ours, merged.text);
  console.log(difference === '' ? `${path} stays as it is.` : `Merged ${path}:\n\n${difference}`);
  return 0;
}

function recordCopy(
  changes: FileChanges,
  record: ProductRecord,
  { name, text }: Template,
  path: string,
): void {
  const copy = { template: name, version: VERSION, text };
  writeRecord(changes, { ...record, ejected: { ...record.ejected, [path]: copy } });
}
