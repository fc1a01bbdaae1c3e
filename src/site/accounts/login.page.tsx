import { withNext } from '../../http/page-paths.js';
import { hasUsernames } from '../../users/usernames.js';
import { Field } from '../kit/fields.js';
import { Form, type FormState, NextField } from '../kit/forms.js';
import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';
import { type ProviderLink, ProviderButtons } from './provider-buttons.js';

/** What the page to sign in is made from. */
export interface LoginPageProps {
  page: PageFrame;
  /** Sent to `/accounts/login`: `username`, `password`, and `remember` with the value `on`. */
  form: FormState;
  /** The other ways to sign in. */
  providers: readonly ProviderLink[];
  /** Whether visitors may open an account. */
  mayRegister: boolean;
}

export const LOGIN_PAGE: ReplaceablePage<LoginPageProps> = {
  name: 'login',
  title: () => 'Sign in',
  view: LoginPage,
};

function LoginPage({ page, form, providers, mayRegister }: LoginPageProps) {
  const { next } = page;
  const isUnverified = form.errors.some(({ code }) => code === 'email_not_verified');
  return (
    <>
      <Form page={page} action="/accounts/login" form={form} class="narrow">
        <NextField next={next} />
        <Field
          form={form}
          name="username"
          label={hasUsernames() ? 'Username or email address' : 'Email address'}
          input={{
            autocomplete: 'username',
            autocapitalize: 'none',
            required: true,
            maxLength: 254,
          }}
        />
        <Field
          form={form}
          name="password"
          label="Password"
          input={{ type: 'password', autocomplete: 'current-password', required: true }}
        />
        <div class="form-check mb-3">
          <input
            class="form-check-input"
            type="checkbox"
            id="remember"
            name="remember"
            checked={form.values.remember === 'on'}
          />
          <label class="form-check-label" for="remember">
            Stay signed in on this device
          </label>
        </div>
        <button type="submit" class="btn btn-primary">
          Sign in
        </button>
        {isUnverified && (
          <button
            type="submit"
            class="btn btn-outline-primary ms-2"
            formaction="/accounts/email/verify/resend"
          >
            Type the password again and send the mail again
          </button>
        )}
        <p class="mt-3">
          <a href={withNext('/accounts/password/reset', next)}>Forgot your password?</a>
          {mayRegister && (
            <>
              {' '}
              · <a href={withNext('/accounts/register', next)}>Register</a>
            </>
          )}
        </p>
      </Form>
      <ProviderButtons providers={providers} next={next} />
    </>
  );
}
