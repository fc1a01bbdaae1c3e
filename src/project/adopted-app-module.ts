import { dirname, join, normalize } from 'node:path';
import { importsOf } from './source-blocks.js';

/**
 * The root module of the thin application, with the modules of the product that the root module of the clone imports.
 * @param own the paths of the product's own files
 */
export function adoptedAppModule(template: string, clone: string, own: string[]): string {
  const ofProduct = importsOf(clone).flatMap(({ from, names = [] }) => {
    const file = normalize(join(dirname('src/app.module.ts'), from)).replace(/\.js$/, '.ts');
    const modules = names.filter(({ local }) => local.endsWith('Module'));
    return own.includes(file) ? modules.map(({ local }) => ({ from, local })) : [];
  });
  if (ofProduct.length === 0) return template;
  const statements = ofProduct.map(({ from, local }) => `import { ${local} } from '${from}';\n`);
  const listed = ofProduct.map(({ local }) => `    ${local},\n`);
  const last = importsOf(template).at(-1)!.text;
  return template
    .replace(last, last + statements.join(''))
    .replace(/^(@Module\(\{\n {2}imports: \[\n[^]*?)^ {2}\],$/m, `$1${listed.join('')}  ],`);
}
