import { Field } from '../kit/fields.js';
import { Shown } from '../kit/shown.js';
import type { FormState } from '../kit/forms.js';

interface RoleFieldsProps {
  form: FormState;
  role?: { name: string; description: string };
  mayRename?: boolean;
}

/** The name of a role, and what it is for. */
export function RoleFields({ form, role, mayRename = true }: RoleFieldsProps) {
  return (
    <>
      {role && <Shown values={{ description: role.description }} />}
      {role && mayRename && <Shown values={{ name: role.name }} />}
      {mayRename ? (
        <Field
          form={form}
          name="name"
          label="Name"
          initial={role?.name ?? ''}
          input={{ autocomplete: 'off', required: true, maxLength: 150 }}
        />
      ) : (
        <p>The application relies on this role: it keeps its name and cannot be deleted.</p>
      )}
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
