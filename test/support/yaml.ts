import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './process.js';

// The parser of the package that reads OpenAPI documents: no package of ours only for tests of a page.
const { loadAll } = createRequire(
  join(ROOT, 'node_modules/@apidevtools/json-schema-ref-parser/package.json'),
)('js-yaml') as { loadAll: (text: string) => unknown[] };

/** The documents of a YAML text. Throws for what is no YAML. */
export function yamlDocuments<Document>(text: string): Document[] {
  return loadAll(text) as Document[];
}
