import type { UserDto } from '../../administration/users/user.dto.js';
import { Field } from '../kit/fields.js';
import type { FormState } from '../kit/forms.js';
import { HostInputs } from '../kit/host-fields.js';
import { Shown } from '../kit/shown.js';

interface AccountFieldsProps {
  form: FormState;
  account: UserDto;
  isReadOnly: boolean;
  /** One's own address is changed where the password is asked for. */
  isOwn: boolean;
}

/** What an administrator writes about an account, the fields of a host among it. */
export function AccountFields({ form, account, isReadOnly, isOwn }: AccountFieldsProps) {
  const { username, email, firstName, lastName } = account;
  return (
    <fieldset disabled={isReadOnly}>
      <legend class="visually-hidden">Account</legend>
      <Shown
        values={{
          ...(username !== null && { username }),
          firstName,
          lastName,
          ...(!isOwn && { email }),
        }}
      />
      {username !== null && (
        <Field
          form={form}
          name="username"
          label="Username"
          initial={username}
          input={{ autocomplete: 'off', autocapitalize: 'none', required: true, maxLength: 150 }}
        />
      )}
      {isOwn ? (
        <p>
          Email address: {account.email || 'none'} · <a href="/accounts/email/change">Change it</a>
        </p>
      ) : (
        <Field
          form={form}
          name="email"
          label="Email address"
          help="Another address counts as not confirmed."
          initial={account.email}
          input={{ type: 'email', autocomplete: 'off', maxLength: 254 }}
        />
      )}
      <Field
        form={form}
        name="firstName"
        label="First name"
        initial={account.firstName}
        input={{ autocomplete: 'off', maxLength: 150 }}
      />
      <Field
        form={form}
        name="lastName"
        label="Last name"
        initial={account.lastName}
        input={{ autocomplete: 'off', maxLength: 150 }}
      />
      <HostInputs of="change" form={form} account={account} />
    </fieldset>
  );
}
