import { DeclarationError } from '../../common/declaration-error.js';
import type { Declarations } from '../../common/declarations.js';
import { SNAKE_CASE } from '../../common/definitions.js';
import { EMAIL_DECLARATIONS, type EmailDeclaration } from './define-emails.js';
import { EMAILS, type EmailTemplate } from './templates/emails.js';

/** That of the column that stores it. */
const MAX_NAME_LENGTH = 60;

/** An email that waits in the queue, but that no file declares any more. */
export class UnknownEmail extends Error {
  constructor(name: string) {
    super(`No *.emails.tsx file of the product declares the email "${name}".`);
  }
}

/** Every email that the code knows: Gatehouse's own, or what the product has in their place, and those of the product. */
export class EmailCatalogue {
  private readonly templates = new Map<string, EmailTemplate<never>>(Object.entries(EMAILS));
  /** The files that declare an email, by its name. */
  private readonly files = new Map<string, string>();

  private constructor() {}

  /** Throws `DeclarationError`. */
  static async load(declarations: Declarations): Promise<EmailCatalogue> {
    const catalogue = new EmailCatalogue();
    const declared = await declarations.definitionsOf('emails', EMAIL_DECLARATIONS);
    for (const { definition, file } of declared) catalogue.add(definition, file);
    return catalogue;
  }

  /** The template of an email. Throws `UnknownEmail`. */
  find(name: string): EmailTemplate<object> {
    const template = this.templates.get(name);
    if (!template) throw new UnknownEmail(name);
    return template as EmailTemplate<object>;
  }

  private add({ defined = {}, replaced = {} }: EmailDeclaration, file: string): void {
    for (const [name, template] of Object.entries(defined)) {
      this.set(name, template, file, faultOfName(name));
    }
    for (const [name, template] of Object.entries(replaced)) {
      this.set(name, template, file, faultOfReplaced(name));
    }
  }

  private set(
    name: string,
    template: EmailTemplate<never> | undefined,
    file: string,
    faultInName: string | undefined,
  ): void {
    const other = this.files.get(name);
    const fault =
      faultInName ??
      (other === undefined ? undefined : `the email "${name}" is also declared in ${other}.`) ??
      faultOfTemplate(name, template);
    if (fault) throw new DeclarationError(file, fault);
    this.templates.set(name, template!);
    this.files.set(name, file);
  }
}

function faultOfName(name: string): string | undefined {
  if (!SNAKE_CASE.test(name) || name.length > MAX_NAME_LENGTH) {
    return `"${name}" is no name of an email; name it in snake_case, with at most ${MAX_NAME_LENGTH} characters.`;
  }
  if (!Object.hasOwn(EMAILS, name)) return undefined;
  return `Gatehouse itself has the email "${name}"; choose another name, or replace it by replaceEmails().`;
}

function faultOfReplaced(name: string): string | undefined {
  if (Object.hasOwn(EMAILS, name)) return undefined;
  return `"${name}" is no email of Gatehouse; there are ${Object.keys(EMAILS).join(', ')}.`;
}

function faultOfTemplate(name: string, template?: EmailTemplate<never>): string | undefined {
  const { subject, body } = template ?? {};
  const hasSubject =
    typeof subject === 'function' || (typeof subject === 'string' && subject.trim() !== '');
  if (!hasSubject) return `the email "${name}" has no subject.`;
  return typeof body === 'function' ? undefined : `the email "${name}" has no body.`;
}
