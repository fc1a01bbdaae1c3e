import { Form, type FormState } from '../kit/forms.js';
import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';
import { LinkField, type OpenLink } from './link-pages.js';
import { KeepIdentitiesChoice } from './linked-account.js';
import { NewPasswordFields } from './password-fields.js';

/** What the page behind a link to choose a password is made from. */
export interface PasswordResetConfirmPageProps {
  page: PageFrame;
  /** Sent to `/accounts/password/reset/confirm`: `link`, `password`, `passwordConfirm`, `keepIdentities`. */
  form: FormState;
  /** The link that was opened: `<LinkField>` carries it. `link.account` is whose it is. */
  link: OpenLink;
  /** The ids of the identities that were ticked: the props of `<KeepIdentitiesChoice>`. */
  ticked: readonly string[];
  /** How many characters a password has at least. */
  minLength: number;
  /** Of the rules of the product for new passwords. */
  hints: readonly string[];
}

/** What the page says, for the first password of an account and for another one. */
const TEXTS = {
  first: {
    title: 'Choose your password',
    what: 'An administrator added this account for the address',
    consequence: 'Your password also confirms that address.',
    label: 'Password',
    button: 'Set the password',
    done: (username: string) => `The password of ${username} is set. You can now sign in with it.`,
  },
  another: {
    title: 'Choose a new password',
    what: 'A new password for the account with the address',
    consequence: 'All devices are signed out.',
    label: 'New password',
    button: 'Change the password',
    done: (username: string) =>
      `The password of ${username} was changed. You can now sign in with it.`,
  },
};

/** The texts for the account of a link. */
export const textsFor = ({ account }: OpenLink) =>
  TEXTS[account.purpose === 'accept_invitation' ? 'first' : 'another'];

export const PASSWORD_RESET_CONFIRM_PAGE: ReplaceablePage<PasswordResetConfirmPageProps> = {
  name: 'passwordResetConfirm',
  title: ({ link }) => textsFor(link).title,
  view: PasswordResetConfirmPage,
};

function PasswordResetConfirmPage({
  page,
  form,
  link,
  ticked,
  minLength,
  hints,
}: PasswordResetConfirmPageProps) {
  const { username, address, identities } = link.account;
  const texts = textsFor(link);
  return (
    <Form page={page} action="/accounts/password/reset/confirm" form={form} class="narrow">
      <LinkField link={link} />
      <p>
        {texts.what} <strong>{address}</strong>. {texts.consequence}
      </p>
      <Named username={username} />
      <NewPasswordFields form={form} label={texts.label} minLength={minLength} hints={hints} />
      <KeepIdentitiesChoice identities={identities} ticked={ticked} />
      <button type="submit" class="btn btn-primary">
        {texts.button}
      </button>
    </Form>
  );
}

/** The account, in a field that is read only: password managers keep the new password for it. */
function Named({ username }: { username: string }) {
  return (
    <div class="mb-3">
      <label class="form-label" for="username">
        Account
      </label>
      <input
        type="text"
        id="username"
        class="form-control"
        autocomplete="username"
        value={username}
        readOnly
      />
    </div>
  );
}
