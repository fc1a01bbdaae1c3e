import { withNext } from '../../http/page-paths.js';
import { Field } from '../kit/fields.js';
import { Form, type FormState, NextField } from '../kit/forms.js';
import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';

/** What the page to ask for a new password is made from. */
export interface PasswordResetPageProps {
  page: PageFrame;
  /** Sent to `/accounts/password/reset`: `email`. */
  form: FormState;
}

export const PASSWORD_RESET_PAGE: ReplaceablePage<PasswordResetPageProps> = {
  name: 'passwordReset',
  title: () => 'Forgot your password?',
  view: PasswordResetPage,
};

function PasswordResetPage({ page, form }: PasswordResetPageProps) {
  return (
    <Form page={page} action="/accounts/password/reset" form={form} class="narrow">
      <NextField next={page.next} />
      <Field
        form={form}
        name="email"
        label="Email address"
        help="A link to choose a new password is sent to the address of your account."
        input={{ type: 'email', autocomplete: 'email', required: true, maxLength: 254 }}
      />
      <button type="submit" class="btn btn-primary">
        Send the link
      </button>
      <p class="mt-3">
        <a href={withNext('/accounts/login', page.next)}>Sign in</a>
      </p>
    </Form>
  );
}
