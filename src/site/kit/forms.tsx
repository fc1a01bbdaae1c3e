import type { ComponentChildren } from 'preact';
import { AppError, type Finding } from '../../http/app-error.js';
import { textForPeople } from './problem-texts.js';
import type { ProblemCode } from '../../http/problem-catalogue.js';
import { Kept } from './kept-values.js';
import { FORM_TOKEN_FIELD, type FormOutcome, type PageFrame } from './page-frame.js';

/** What was typed and what is wrong with it, for a form that is shown again. */
export interface FormState extends FormOutcome {
  values: Record<string, string>;
  errors: Finding[];
}

/** A form before anything was typed into it. */
export const EMPTY_FORM: FormState = { values: {}, errors: [] };

/** Refusals that no other input would change: the error page has the answer to them. */
const NOT_OF_A_FORM = new Set<string>([
  'permission_denied',
  'recent_login_required',
] satisfies ProblemCode[]);

/**
 * The form as it is shown again after a failure that is told beside its fields: 422, or 429 when it came too
 * often. Any other failure is thrown on.
 * @param rename fields that the form calls otherwise than the service
 */
export function formAfter(
  error: unknown,
  body: Record<string, unknown>,
  rename: Record<string, string> = {},
): FormState {
  if (!(error instanceof AppError) || error.status >= 500 || NOT_OF_A_FORM.has(error.code)) {
    throw error;
  }
  const errors =
    error.errors.length > 0
      ? error.errors.map((finding) => ({
          ...finding,
          field: rename[finding.field] ?? finding.field,
        }))
      : [{ field: '', code: error.code, message: textForPeople(error.code, error.message) }];
  const typed = Object.entries(body).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && !/password/i.test(entry[0]),
  );
  const { status, retryAfter } = error;
  const outcome = status === 429 ? { status, retryAfter } : { status: 422 };
  return { values: Object.fromEntries(typed), errors, ...outcome };
}

interface FormProps {
  page: PageFrame;
  action: string;
  form?: FormState;
  class?: string;
  /** The username of the account that its passwords are for, if no field of the form asks for it. */
  account?: string | undefined;
  children: ComponentChildren;
}

/** A form that changes something. What is wrong with it as a whole, or with a field it does not have, stands on top. */
export function Form(props: FormProps) {
  const { page, action, form = EMPTY_FORM, class: className, account, children } = props;
  const general = form.errors.filter(({ field }) => field === '');
  return (
    <form method="post" action={action} class={className} noValidate>
      <input type="hidden" name={FORM_TOKEN_FIELD} value={page.formToken} />
      {account !== undefined && <AccountName username={account} />}
      {general.map(({ message }) => (
        <div class="alert alert-danger" role="alert">
          {message}
        </div>
      ))}
      <Kept.Provider value={form.errors.length > 0 ? undefined : page.keptIn(action)}>
        {children}
      </Kept.Provider>
    </form>
  );
}

/** Tells password managers for which account a password is: they ignore hidden fields, so this one is only out of sight. */
function AccountName({ username }: { username: string }) {
  return (
    <input
      type="text"
      class="visually-hidden"
      autocomplete="username"
      aria-hidden="true"
      tabIndex={-1}
      value={username}
      readOnly
    />
  );
}

/** Carries on where the visitor wants to go after the sign-in. */
export function NextField({ next }: { next: string | undefined }) {
  return next === undefined ? null : <input type="hidden" name="next" value={next} />;
}

interface PostButtonProps {
  page: PageFrame;
  action: string;
  class?: string;
  label?: string;
  children: ComponentChildren;
}

/** A button that does something at once. */
export function PostButton({ page, action, class: className, label, children }: PostButtonProps) {
  return (
    <form method="post" action={action} class="d-inline">
      <input type="hidden" name={FORM_TOKEN_FIELD} value={page.formToken} />
      <button
        type="submit"
        class={className ?? 'btn btn-primary'}
        {...(label && { 'aria-label': label })}
      >
        {children}
      </button>
    </form>
  );
}
