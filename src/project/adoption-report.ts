import type { Adoption } from './adoption.js';
import { extensionPointOf } from './extension-points.js';

/** What a person has to do after an adoption, as Markdown. */
export function adoptionReport({ changed, missing }: Adoption): string {
  const sections = changed.map(({ path, difference }) => {
    const { what, page } = extensionPointOf(path);
    const shown =
      difference === undefined
        ? 'This repository does not have the original, so the whole file is here.'
        : `\`\`\`\`diff\n${difference}\`\`\`\``;
    return `## ${path}\n\n${what} (node_modules/gatehouse/${page})\n\n${shown}\n`;
  });
  const imports = missing.map(
    ({ path, from, names }) => `- \`${path}\`: ${names.join(', ')} from \`${from}\``,
  );
  return `# What is left from version 0.1

Files of Gatehouse that you changed are in this folder. Nothing compiles them. For each there is what replaces the change
now. Delete the folder when you are done.

${sections.join('\n')}
## Imports that have no public name

${imports.length > 0 ? `The public names are in node_modules/gatehouse/docs/api.md. GatehouseModule is global: leave modules of Gatehouse out.\n\n${imports.join('\n')}` : 'None.'}
`;
}
