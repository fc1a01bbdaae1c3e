import { Definitions } from '../../common/definitions.js';
import type { EmailData, EmailName, EmailTemplate } from './templates/emails.js';

/** An email that `defineEmails()` returned, for `EmailService.send()`. */
export interface DeclaredEmail<Data extends object> {
  readonly name: string;
  /** Never there: it carries the type of the data. */
  readonly data?: Data;
}

/** What a file declares: emails of the product, or other words for those of Gatehouse. */
export interface EmailDeclaration {
  defined?: Readonly<Record<string, EmailTemplate<never>>>;
  replaced?: Readonly<Record<string, EmailTemplate<never> | undefined>>;
}

export const EMAIL_DECLARATIONS = new Definitions<EmailDeclaration>(
  'defineEmails() or replaceEmails',
);

/**
 * Declares emails of a product, in a file named `*.emails.tsx` below its `root`. They have the frame of Gatehouse's own,
 * and a text version made from the same body. JSX is that of Preact (`"jsxImportSource": "preact"`).
 *
 * ```tsx
 * export const ARTICLE_EMAILS = defineEmails({
 *   welcome: {
 *     subject: 'Welcome',
 *     body: ({ username }: { username: string }) => <p>Hello {username},</p>,
 *   },
 * });
 * await this.emails.send(tx, ARTICLE_EMAILS.welcome, user.email, { username: user.username });
 * ```
 *
 * The data waits in the queue as JSON, sealed, so a `Date` in it arrives as text. The start stops at a name that is not in
 * snake_case or is taken, and at an email without subject or body.
 */
export function defineEmails<Data extends Readonly<Record<string, object>>>(emails: {
  readonly [Name in keyof Data]: EmailTemplate<Data[Name]>;
}): { readonly [Name in keyof Data]: DeclaredEmail<Data[Name]> } {
  const handles = Object.fromEntries(
    Object.keys(emails).map((name) => [name, Object.freeze({ name })]),
  );
  return EMAIL_DECLARATIONS.record(handles, { defined: emails }) as never;
}

/**
 * Replaces emails of Gatehouse by name, in a file named `*.emails.tsx` below the `root` of the product. The new ones are
 * made from the same data.
 *
 * ```tsx
 * export const OUR_EMAILS = replaceEmails({
 *   account_deleted: { subject: 'Goodbye', body: ({ username }) => <p>Goodbye {username}.</p> },
 * });
 * ```
 *
 * The start stops at a name that is no email of Gatehouse.
 */
export function replaceEmails(emails: {
  readonly [Name in EmailName]?: EmailTemplate<EmailData<Name>>;
}): Readonly<object> {
  return EMAIL_DECLARATIONS.record({}, { replaced: emails });
}
