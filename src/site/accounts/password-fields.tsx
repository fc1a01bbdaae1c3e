import { PASSWORD_RULES } from '../../passwords/password-policy.js';
import { Field } from '../kit/fields.js';
import { type FormState } from '../kit/forms.js';

interface NewPasswordFieldsProps {
  form: FormState;
  label: string;
  minLength: number;
  /** Of the product's own rules. */
  hints: readonly string[];
}

/** A new password, twice, with the rules it has to keep. */
export function NewPasswordFields({ form, label, minLength, hints }: NewPasswordFieldsProps) {
  return (
    <>
      <Field
        form={form}
        name="password"
        label={label}
        help={
          <ul class="mb-0 ps-3">
            {PASSWORD_RULES.map((rule) => (
              <li>{rule.help({ minLength })}</li>
            ))}
            {hints.map((hint) => (
              <li>{hint}</li>
            ))}
          </ul>
        }
        input={{
          type: 'password',
          autocomplete: 'new-password',
          required: true,
          'data-strength': minLength,
        }}
      />
      <Field
        form={form}
        name="passwordConfirm"
        label={`${label}, again`}
        input={{ type: 'password', autocomplete: 'new-password', required: true }}
      />
    </>
  );
}
