import type { IdentityProviderDto } from '../../administration/identity-providers/identity-provider.dto.js';
import { Check, Field } from '../kit/fields.js';
import type { FormState } from '../kit/forms.js';
import { Shown } from '../kit/shown.js';

interface ProviderFieldsProps {
  form: FormState;
  provider?: IdentityProviderDto;
  /** Whether the caller may decide that a provider is trusted for addresses. */
  mayTrust: boolean;
}

/** What is known of a provider. Its secret is typed, and never shown. */
export function ProviderFields({ form, provider, mayTrust }: ProviderFieldsProps) {
  const { label = '', issuer = '', clientId = '', scopes = '', trustsEmail } = provider ?? {};
  return (
    <>
      {provider && (
        <Shown values={{ label, issuer, clientId, scopes, trustsEmail: trustsEmail ? 'on' : '' }} />
      )}
      <Field
        form={form}
        name="issuer"
        label="Issuer"
        help="The address of the provider. What it says of itself is read before anything is saved."
        initial={issuer}
        input={{ type: 'url', maxLength: 500 }}
      />
      <Field
        form={form}
        name="clientId"
        label="Client id"
        initial={clientId}
        input={{ required: true, maxLength: 255 }}
      />
      <Field
        form={form}
        name="clientSecret"
        label="Client secret"
        help={
          provider
            ? 'Leave it empty to keep the one there is. Another issuer or client id needs it again.'
            : 'It is kept encrypted.'
        }
        input={{ type: 'password', autocomplete: 'new-password', required: !provider }}
      />
      <Field
        form={form}
        name="label"
        label="What people read"
        help={`As in “Continue with …”.${provider ? '' : ' Empty: made of the name.'}`}
        initial={label}
        input={{ maxLength: 100 }}
      />
      <Field
        form={form}
        name="scopes"
        label="Scopes"
        help={`Separated by blanks.${provider ? '' : ' Empty: those that are usual.'}`}
        initial={scopes}
        input={{ maxLength: 500 }}
      />
      <Check
        form={form}
        name="trustsEmail"
        label="Trusted for addresses"
        help="Whoever has verified an address there gets into the account here that has it. For superusers to say."
        initial={trustsEmail ?? false}
        disabled={!mayTrust}
      />
    </>
  );
}
