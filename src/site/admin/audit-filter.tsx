import { Field, Select } from '../kit/fields.js';
import type { FormState } from '../kit/forms.js';

export const AUDIT_FILTERS = ['action', 'actor', 'subject', 'from', 'to'] as const;

interface FilterProps {
  /** The address of the list. */
  path: string;
  filter: Record<string, string>;
  form: FormState;
  /** All that the trail may record. */
  actions: string[];
}

/** What the list of events is narrowed by. */
export function AuditFilter({ path, filter, form, actions }: FilterProps) {
  const { zone = '' } = filter;
  const hidden = form.errors.filter(({ field }) => !AUDIT_FILTERS.some((one) => one === field));
  return (
    <form method="get" action={path} role="search" class="row g-3 align-items-start">
      <div class="col-sm-6 col-lg-3">
        <Select
          form={form}
          name="action"
          label="What"
          initial={filter.action ?? ''}
          options={[['', 'anything'], ...actions.map((action) => [action, action] as const)]}
        />
      </div>
      <div class="col-sm-6 col-lg-2">
        <Field
          form={form}
          name="actor"
          label="Who: name or id"
          initial={filter.actor ?? ''}
          input={{ type: 'search', autocapitalize: 'none' }}
        />
      </div>
      <div class="col-sm-6 col-lg-2">
        <Field
          form={form}
          name="subject"
          label="To whom: name or id"
          initial={filter.subject ?? ''}
          input={{ type: 'search', autocapitalize: 'none' }}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Field
          form={form}
          name="from"
          label={`From (${zone || 'UTC'})`}
          initial={filter.from ?? ''}
          input={{ type: 'date' }}
        />
      </div>
      <div class="col-6 col-lg-2">
        <Field
          form={form}
          name="to"
          label={`To (${zone || 'UTC'})`}
          initial={filter.to ?? ''}
          input={{ type: 'date' }}
        />
      </div>
      <input type="hidden" name="zone" value={zone} />
      <div class="col-12 mb-3">
        {hidden.map(({ message }) => (
          <div class="alert alert-danger" role="alert">
            {message}
          </div>
        ))}
        <button type="submit" class="btn btn-outline-primary">
          Find
        </button>{' '}
        {Object.keys(filter).length > 0 && (
          <a class="btn btn-link" href={path}>
            All
          </a>
        )}
      </div>
    </form>
  );
}
