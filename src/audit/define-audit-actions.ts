import { Definitions } from '../common/definitions.js';

declare const DECLARED: unique symbol;

/** An action of the audit trail that a product has declared. */
export type DeclaredAuditAction = string & { readonly [DECLARED]: true };

/** The actions of one kind of subject, by what the code calls them. */
export type SubjectActions<Name extends string> = {
  readonly [N in Name]: DeclaredAuditAction;
};

/** What each action records, by action. */
export type AuditActionMeanings = [action: string, meaning: string][];

export const AUDIT_ACTION_DEFINITIONS = new Definitions<AuditActionMeanings>('defineAuditActions');

/**
 * Declares what the audit trail records about a kind of subject, in a file named `*.audit.ts` below the `root` of the
 * product: each action in the past tense, with what it means. The audit pages offer it as a filter. The start stops at
 * names that are not lower-case letters and underscores, too long or taken.
 * @example
 * ```ts
 * // articles.audit.ts
 * export const ARTICLE_EVENTS = defineAuditActions('article', { published: 'An article was published' });
 *
 * // articles.service.ts
 * await this.audit.recordEvent(tx, ARTICLE_EVENTS.published, actor, { type: 'article', id });
 * ```
 * @param subject the first part of the actions, such as `article`
 * @param actions what each action records, by the second part of its name
 */
export function defineAuditActions<Name extends string>(
  subject: string,
  actions: Readonly<Record<Name, string>>,
): SubjectActions<Name> {
  const names = Object.keys(actions) as Name[];
  const handles = Object.fromEntries(names.map((name) => [name, `${subject}.${name}`]));
  return AUDIT_ACTION_DEFINITIONS.record(
    handles,
    names.map((name) => [`${subject}.${name}`, actions[name]]),
  ) as SubjectActions<Name>;
}
