import type { Principal } from '../../access/principal.js';
import { Field } from '../kit/fields.js';
import { EMPTY_FORM, Form, type FormState } from '../kit/forms.js';
import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';
import { LinkField, type OpenLink } from './link-pages.js';
import { KeepIdentitiesChoice, LinkedAccountFacts } from './linked-account.js';

/** What the page behind a link that confirms an address is made from. */
export interface ConfirmEmailPageProps {
  page: PageFrame;
  /** Sent to `/accounts/email/verify`: `link`, `password`, `keepIdentities`. */
  form: FormState;
  /** The link that was opened: `<LinkField>` carries it. `link.account` is whose it is. */
  link: OpenLink;
  /** The ids of the identities that were ticked: the props of `<KeepIdentitiesChoice>`. */
  ticked: readonly string[];
}

export const CONFIRM_EMAIL_PAGE: ReplaceablePage<ConfirmEmailPageProps> = {
  name: 'confirmEmail',
  title: () => 'Confirm your email address',
  view: ConfirmEmailPage,
};

/** What a link shows that proves an address: whose account it is, and what its owner has to show to confirm. */
function ConfirmEmailPage({ page, link, form, ticked }: ConfirmEmailPageProps) {
  const { account } = link;
  const address = `/accounts/email/verify?link=${link.handle}`;
  const isSignedIn = page.principal?.userId === account.userId;
  const isAsked = !isSignedIn || form.errors.some(({ code }) => code === 'sign_in_to_confirm');
  // Where there is neither, the password is kept elsewhere.
  const mayHavePassword = account.hasPassword || account.identities.length === 0;
  return (
    <>
      <LinkedAccountFacts account={account} />
      {isAsked && (
        <p>
          If you did not open this account, do not confirm it: close this page, and the account
          stays without your address.
        </p>
      )}
      {(!isAsked || mayHavePassword) && (
        <Form
          page={page}
          action="/accounts/email/verify"
          form={form}
          class="narrow"
          account={isAsked ? account.username : undefined}
        >
          <LinkField link={link} />
          {account.isFirstProof && isSignedIn && (
            <p>Confirming signs this account out on all other devices.</p>
          )}
          {isAsked && (
            <Field
              form={form}
              name="password"
              label={`Password of ${account.username}`}
              input={{ type: 'password', autocomplete: 'current-password', required: true }}
            />
          )}
          <KeepIdentitiesChoice identities={unproven(account, page.principal)} ticked={ticked} />
          <button type="submit" class="btn btn-primary">
            Confirm the address
          </button>
        </Form>
      )}
      {isAsked && <SignInFirst page={page} account={account} address={address} />}
      {isAsked && account.mayChoosePassword && (
        <Form
          page={page}
          action="/accounts/email/verify/password"
          form={mayHavePassword ? EMPTY_FORM : form}
          class="narrow mt-4"
        >
          <LinkField link={link} />
          <p>
            The address is yours, but you cannot sign in? Choose a new password. Then only you can
            sign in to this account.
          </p>
          <button type="submit" class="btn btn-outline-primary">
            Choose a new password
          </button>
        </Form>
      )}
    </>
  );
}

interface SignInFirstProps {
  page: PageFrame;
  account: OpenLink['account'];
  address: string;
}

/** Other ways to show that the account is the visitor's: signing in with a provider confirms the address at once. */
function SignInFirst({ page, account, address }: SignInFirstProps) {
  if (page.principal) {
    const { username } = page.principal;
    return <p class="mt-3">You are signed in to the account {username}.</p>;
  }
  const next = `?next=${encodeURIComponent(address)}`;
  const providers = new Map(account.identities.map(({ provider, label }) => [provider, label]));
  return [...providers].map(
    ([provider, label]) =>
      provider && (
        <p class="mt-3">
          <a class="btn btn-outline-primary" href={`/accounts/federation/${provider}${next}`}>
            Confirm with {label}
          </a>
        </p>
      ),
  );
}

/** The identities that the visitor has not just signed in with. */
function unproven({ identities, userId }: OpenLink['account'], principal: Principal | undefined) {
  const isHeld = principal?.userId === userId && principal.amr.includes('fed');
  return isHeld && identities.length === 1 ? [] : identities;
}
