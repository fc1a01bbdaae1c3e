import type { AccountDto } from '../../users/account.dto.js';
import { Field } from '../kit/fields.js';
import { Form, type FormState, PostButton } from '../kit/forms.js';
import { HostInputs } from '../kit/host-fields.js';
import type { PageFrame } from '../kit/page-frame.js';
import type { ReplaceablePage } from '../kit/page-view.js';
import { Identities, type WaysIn } from './identities.js';

/** What the page of the visitor's own account is made from. */
export interface ProfilePageProps {
  page: PageFrame;
  /** Sent to `/accounts/profile`: `firstName`, `lastName`, and the fields of the product. */
  form: FormState;
  account: AccountDto;
  /** With which services the visitor signs in, or could: the props of `<Identities>`. */
  ways: WaysIn;
  /** Whether the visitor may delete the account. */
  mayDelete: boolean;
}

export const PROFILE_PAGE: ReplaceablePage<ProfilePageProps> = {
  name: 'profile',
  title: () => 'Your profile',
  view: ProfilePage,
};

function ProfilePage({ page, form, account, ways, mayDelete }: ProfilePageProps) {
  return (
    <>
      <Facts page={page} account={account} />
      <h2 class="h4 mt-4">Names</h2>
      <Form page={page} action="/accounts/profile" form={form} class="narrow">
        <Field
          form={form}
          name="firstName"
          label="First name"
          initial={account.firstName}
          input={{ autocomplete: 'given-name', maxLength: 150 }}
        />
        <Field
          form={form}
          name="lastName"
          label="Last name"
          initial={account.lastName}
          input={{ autocomplete: 'family-name', maxLength: 150 }}
        />
        <HostInputs of="profile" form={form} account={account} />
        <button type="submit" class="btn btn-primary">
          Save
        </button>
      </Form>
      <Identities page={page} {...ways} />
      <p class="mt-4">
        <a href="/accounts/password/change">Change your password</a> ·{' '}
        {account.username !== null && (
          <>
            <a href="/accounts/username">Change your username</a> ·{' '}
          </>
        )}
        <a href="/accounts/email/change">Change your email address</a> ·{' '}
        <a href="/accounts/sessions">Your devices</a>
        {mayDelete && (
          <>
            {' '}
            · <a href="/accounts/delete">Delete your account</a>
          </>
        )}
      </p>
    </>
  );
}

/** What the account is, and what it may do. */
function Facts({ page, account }: { page: PageFrame; account: ProfilePageProps['account'] }) {
  const { username, email, emailVerified, roles, permissions, isSuperuser } = account;
  return (
    <dl class="row">
      {username !== null && (
        <>
          <dt class="col-sm-4">Username</dt>
          <dd class="col-sm-8">{username}</dd>
        </>
      )}
      <dt class="col-sm-4">Email address</dt>
      <dd class="col-sm-8">
        {email || 'none'}{' '}
        {email !== '' &&
          (emailVerified ? (
            <span class="badge text-bg-success">confirmed</span>
          ) : (
            <>
              <span class="badge text-bg-warning">not confirmed</span>{' '}
              <PostButton
                page={page}
                action="/accounts/email/verify/again"
                class="btn btn-sm btn-outline-secondary"
              >
                Send the mail again
              </PostButton>
            </>
          ))}
      </dd>
      <dt class="col-sm-4">Roles</dt>
      <dd class="col-sm-8">
        {isSuperuser && <span class="badge text-bg-primary me-1">superuser</span>}
        {roles.map((role) => (
          <span class="badge text-bg-secondary me-1">{role}</span>
        ))}
        {!isSuperuser && roles.length === 0 && 'none'}
      </dd>
      <dt class="col-sm-4">Permissions</dt>
      <dd class="col-sm-8">
        {isSuperuser ? (
          'all'
        ) : permissions.length === 0 ? (
          'none'
        ) : (
          <ul class="list-unstyled mb-0">
            {permissions.map((codename) => (
              <li>
                <code>{codename}</code>
              </li>
            ))}
          </ul>
        )}
      </dd>
    </dl>
  );
}
