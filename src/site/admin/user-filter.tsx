import { MAX_SEARCH_LENGTH } from '../../administration/users/user-query.dto.js';
import { Field, Select } from '../kit/fields.js';
import type { FormState } from '../kit/forms.js';

interface FilterProps {
  /** The address of the list. */
  path: string;
  filter: Record<string, string>;
  form: FormState;
  /** Some names of roles, to be suggested. */
  roles: string[];
}

/** What the list of accounts is narrowed by. */
export function UserFilter({ path, filter, form, roles }: FilterProps) {
  const { search, role, isActive, isSuperuser, permission, order } = filter;
  return (
    <form method="get" action={path} role="search" class="row g-3 align-items-end">
      <div class="col-sm-6 col-lg-4">
        <Field
          form={form}
          name="search"
          label="Search"
          initial={search ?? ''}
          input={{ type: 'search', maxLength: MAX_SEARCH_LENGTH }}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Field
          form={form}
          name="role"
          label="Role"
          initial={role ?? ''}
          input={{ maxLength: 150, list: 'role-names' }}
        />
        <datalist id="role-names">
          {roles.map((name) => (
            <option value={name} />
          ))}
        </datalist>
      </div>
      <div class="col-6 col-lg-2">
        <Select
          form={form}
          name="isActive"
          label="Active"
          initial={isActive ?? ''}
          options={YES_OR_NO}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Select
          form={form}
          name="isSuperuser"
          label="Superuser"
          initial={isSuperuser ?? ''}
          options={YES_OR_NO}
        />
      </div>
      {permission !== undefined && <input type="hidden" name="permission" value={permission} />}
      {order !== undefined && <input type="hidden" name="order" value={order} />}
      <div class="col-6 col-lg-2 mb-3">
        <button type="submit" class="btn btn-outline-primary">
          Find
        </button>{' '}
        {Object.keys(filter).length > 0 && (
          <a class="btn btn-link" href={path}>
            All
          </a>
        )}
      </div>
      {permission !== undefined && (
        <p class="col-12 mb-3">
          Who holds <code>{permission}</code>:
        </p>
      )}
      {form.errors.map(({ field, message }) =>
        SHOWN.has(field) ? null : (
          <div class="col-12">
            <div class="alert alert-danger" role="alert">
              {message}
            </div>
          </div>
        ),
      )}
    </form>
  );
}

const YES_OR_NO = [
  ['', 'any'],
  ['true', 'yes'],
  ['false', 'no'],
] as const;
/** Fields that tell their own errors. */
const SHOWN = new Set(['search', 'role', 'isActive', 'isSuperuser']);
