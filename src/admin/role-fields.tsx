import { Field } from '../web/fields.js';
import { Shown } from '../web/shown.js';
import type { FormState } from '../web/forms.js';

interface RoleFieldsProps {
  form: FormState;
  role?: { name: string; description: string };
}

/** The name of a role, and what it is for. */
export function RoleFields({ form, role }: RoleFieldsProps) {
  return (
    <>
      {role && <Shown values={{ name: role.name, description: role.description }} />}
      <Field
        form={form}
        name="name"
        label="Name"
        initial={role?.name ?? ''}
        input={{ autocomplete: 'off', required: true, maxLength: 150 }}
      />
      <Field
        form={form}
        name="description"
        label="What it is for"
        initial={role?.description ?? ''}
        input={{ autocomplete: 'off', maxLength: 500 }}
      />
    </>
  );
}
