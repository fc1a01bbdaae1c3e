import { OperatorError } from '../common/operator-error.js';
import type { FileChanges } from './file-changes.js';

const FILE = '.gatehouse.json';

/** A copy of a template of Gatehouse in a product. */
export interface EjectedFile {
  /** Its name, such as `page:login`. */
  template: string;
  /** The version of Gatehouse that it was copied from, and its text there. */
  version: string;
  text: string;
}

/** What Gatehouse wrote into a product, as `.gatehouse.json` keeps it. */
export interface ProductRecord {
  /** The version that wrote the files last. */
  version: string;
  /** What the template was filled with. Undefined for a product that was not made from it. */
  name?: string;
  example?: boolean;
  /** The texts as they were written, by path. */
  files: Record<string, string>;
  ejected: Record<string, EjectedFile>;
}

/** Reads the record of a product; undefined without one. Throws `OperatorError` for one that cannot be used. */
export function readRecord(changes: FileChanges): ProductRecord | undefined {
  const text = changes.read(FILE);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as ProductRecord;
    if (isRecord(record)) return { ...record, ejected: record.ejected ?? {} };
  } catch {
    // Reported below.
  }
  throw new OperatorError(`${FILE} cannot be used. Restore it from your repository.`);
}

/** Plans to write a record, if it differs from the one that is there. */
export function writeRecord(changes: FileChanges, record: ProductRecord): void {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  if (changes.read(FILE) !== text) changes.write(FILE, text);
}

function isRecord({ version, files, ejected = {} }: Partial<ProductRecord>): boolean {
  return (
    typeof version === 'string' &&
    holdsTexts(files, (text) => text) &&
    holdsTexts(ejected, (file: EjectedFile) => file?.text && file.template)
  );
}

function holdsTexts(object: unknown, textOf: (value: never) => unknown): boolean {
  return (
    typeof object === 'object' &&
    object !== null &&
    Object.values(object).every((value) => typeof textOf(value as never) === 'string')
  );
}
