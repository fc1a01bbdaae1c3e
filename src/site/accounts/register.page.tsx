import { withNext } from '../../http/page-paths.js';
import { hasUsernames } from '../../users/usernames.js';
import { Field } from '../kit/fields.js';
import { Form, type FormState, NextField } from '../kit/forms.js';
import { HostInputs } from '../kit/host-fields.js';
import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';
import { NewPasswordFields } from './password-fields.js';
import { type ProviderLink, ProviderButtons } from './provider-buttons.js';

/** What the page to open an account is made from. */
export interface RegisterPageProps {
  page: PageFrame;
  /** Sent to `/accounts/register`: `username`, `email`, `password`, `passwordConfirm`, and the fields of the product. */
  form: FormState;
  /** The other ways to open an account. */
  providers: readonly ProviderLink[];
  /** How many characters a password has at least. */
  minLength: number;
  /** Of the rules of the product for new passwords. */
  hints: readonly string[];
}

export const REGISTER_PAGE: ReplaceablePage<RegisterPageProps> = {
  name: 'register',
  title: () => 'Register',
  view: RegisterPage,
};

function RegisterPage({ page, form, providers, minLength, hints }: RegisterPageProps) {
  return (
    <>
      <Form page={page} action="/accounts/register" form={form} class="narrow">
        <NextField next={page.next} />
        {hasUsernames() && (
          <Field
            form={form}
            name="username"
            label="Username"
            help="At most 150 letters, digits and @ . + - _ only."
            input={{
              autocomplete: 'username',
              autocapitalize: 'none',
              required: true,
              maxLength: 150,
            }}
          />
        )}
        <Field
          form={form}
          name="email"
          label="Email address"
          input={{ type: 'email', autocomplete: 'email', required: true, maxLength: 254 }}
        />
        <HostInputs of="registration" form={form} />
        <NewPasswordFields form={form} label="Password" minLength={minLength} hints={hints} />
        <button type="submit" class="btn btn-primary">
          Register
        </button>
        <p class="mt-3">
          You have an account? <a href={withNext('/accounts/login', page.next)}>Sign in</a>
        </p>
      </Form>
      <ProviderButtons providers={providers} next={page.next} />
    </>
  );
}
