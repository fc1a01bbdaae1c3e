import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_FOLDER } from '../common/package-folder.js';
import { importStatement, namesOfDoor } from './public-door.js';
import { partsOf, type SourceFile, uses } from './source-blocks.js';

/** A page or an email of Gatehouse of which a product can have a copy. */
export interface Template {
  /** Its name, such as `page:login` or `email:verify_email`. */
  name: string;
  /** Where the copy is written, in the folder of the product. */
  path: string;
  /** The copy: it imports from `gatehouse` alone. */
  text: string;
  /** What `app.module.ts` has to name, if anything: an import and an option. */
  toAdd: string[];
}

/** Where the views of the pages are, by the names of the pages in `forRoot({ pages })`. */
const PAGES: Record<string, string> = {
  home: 'src/site/accounts/home.page.tsx',
  login: 'src/site/accounts/login.page.tsx',
  register: 'src/site/accounts/register.page.tsx',
  profile: 'src/site/accounts/profile.page.tsx',
  passwordReset: 'src/site/accounts/password-reset.page.tsx',
  passwordResetConfirm: 'src/site/accounts/password-reset-confirm.page.tsx',
  confirmEmail: 'src/site/accounts/confirm-email.page.tsx',
  error: 'src/site/kit/error.page.tsx',
};
const EMAILS = 'src/platform/email/templates/emails.tsx';

/** The names of all templates. */
export function templateNames(): string[] {
  const emails = [...emailConstants(sourceOf(EMAILS)).keys()];
  return [
    ...Object.keys(PAGES).map((name) => `page:${name}`),
    ...emails.map((name) => `email:${name}`),
  ];
}

/** The template of a name, as this version of Gatehouse has it; undefined for a name that there is not. */
export function templateOf(name: string): Template | undefined {
  const [, kind, rest] = /^(page|email):(\w+)$/.exec(name) ?? [];
  if (kind === 'page' && Object.hasOwn(PAGES, rest!)) return pageTemplate(name, rest!);
  return kind === 'email' ? emailTemplate(name, rest!) : undefined;
}

function pageTemplate(template: string, page: string): Template {
  const component = `${page[0]!.toUpperCase()}${page.slice(1)}Page`;
  const base = `./pages/${kebab(page)}.page`;
  return {
    name: template,
    path: `src/${base.slice(2)}.tsx`,
    text: copyOf(template, partsOf(sourceOf(PAGES[page]!)), component),
    toAdd: [
      `import { ${component} } from '${base}.js';`,
      `GatehouseModule.forRoot({ …, pages: { ${page}: ${component} } })`,
    ],
  };
}

function emailTemplate(template: string, email: string): Template | undefined {
  const constant = emailConstants(sourceOf(EMAILS)).get(email);
  if (constant === undefined) return undefined;
  const replaced = `export const ${email.toUpperCase()} = replaceEmails({ ${email}: ${constant} });`;
  return {
    name: template,
    path: `src/emails/${email.replaceAll('_', '-')}.emails.tsx`,
    text: copyOf(template, partsOf(sourceOf(EMAILS)), constant, replaced),
    toAdd: [],
  };
}

/**
 * One declaration of a file, with those that it uses. What the file imports or exports for others comes from the door.
 * @param added statements after it. The declaration is exported without one.
 */
function copyOf(
  template: string,
  { imports, blocks }: SourceFile,
  root: string,
  added = '',
): string {
  const door = namesOfDoor();
  const isOfDoor = (name: string | undefined) => name !== undefined && door.has(name);
  const kept = new Set(blocks.filter(({ name }) => name === root));
  for (const { text } of kept) {
    for (const block of blocks) {
      if (block.name && !isOfDoor(block.name) && uses(text, block.name)) kept.add(block);
    }
  }
  const texts = blocks.filter((block) => kept.has(block));
  const body = texts.map(({ name, text }) => {
    const plain = text.replace(/^export /m, '');
    return name === root && added === '' ? plain.replace(/^(?=const|function)/m, 'export ') : plain;
  });
  const code = [...body, added].filter((text) => text !== '').join('\n\n');
  const imported = imports.flatMap(({ names = [] }) => names.map(({ local }) => local));
  const exported = blocks.flatMap(({ name }) => (isOfDoor(name) ? [name!] : []));
  const candidates = new Set([...imported, ...exported, 'replaceEmails']);
  const needed = [...candidates].filter((name) => uses(code, name));
  const names = needed.map((name) => (door.get(name)?.isType ? `type ${name}` : name));
  return `// A copy of ${template} of Gatehouse. \`npx gatehouse update\` shows what changes there.
${importStatement('gatehouse', names)}

${code}
`;
}

/** The constants of our emails, by the names of the emails. */
function emailConstants(source: string): Map<string, string> {
  const [, table] = /^export const EMAILS = \{\n([^}]*)\} as const;/m.exec(source)!;
  return new Map(
    [...table!.matchAll(/^ {2}(\w+)(?:: (\w+))?,$/gm)].map(([, name, constant]) => [
      name!,
      constant ?? name!,
    ]),
  );
}

function sourceOf(path: string): string {
  return readFileSync(join(OWN_FOLDER, path), 'utf8');
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
