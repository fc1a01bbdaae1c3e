import { useContext } from 'preact/hooks';
import type { PermissionDto } from '../../administration/roles/permission.dto.js';
import type { RoleDto } from '../../administration/roles/role.dto.js';
import { MAX_LIMIT, type PageQuery } from '../../http/page.js';
import { formAfter, type FormState } from '../kit/forms.js';
import { Kept } from '../kit/kept-values.js';
import { pageAskedFor } from '../kit/next-page.js';

/** A field of a picker, for what was there when it was shown. */
export const BEFORE_FIELD = 'before';

interface PickerProps<Item> {
  /** The name of the field. */
  name: string;
  /** One page of what there is. */
  items: Item[];
  /** What is given at present. */
  given: string[];
  /** Whether the visitor may give it; what is given and they may not stays given. */
  mayGive: (item: Item) => boolean;
}

/** Roles to choose from. */
export function RolePicker({ name, items, given, mayGive }: PickerProps<RoleDto>) {
  return (
    <>
      <Before given={given} />
      <NotShown name={name} given={given} shown={items.map((role) => role.name)} />
      {items.map((role) => (
        <Choice
          name={name}
          value={role.name}
          isGiven={given.includes(role.name)}
          mayChange={mayGive(role)}
          description={role.description}
        />
      ))}
    </>
  );
}

/** Permissions to choose from, by what they are about. */
export function PermissionPicker({ name, items, given, mayGive }: PickerProps<PermissionDto>) {
  const subjects = [...new Set(items.map(({ codename }) => subjectOf(codename)))];
  return (
    <>
      <Before given={given} />
      <NotShown name={name} given={given} shown={items.map(({ codename }) => codename)} />
      <div class="row row-cols-1 row-cols-md-2 row-cols-xl-3 g-3 mb-3">
        {subjects.map((subject) => (
          <fieldset class="col">
            <legend class="fs-6 fw-semibold">{subject}</legend>
            {items
              .filter(({ codename }) => subjectOf(codename) === subject)
              .map((permission) => (
                <Choice
                  name={name}
                  value={permission.codename}
                  isGiven={given.includes(permission.codename)}
                  mayChange={mayGive(permission)}
                  description={permission.description}
                />
              ))}
          </fieldset>
        ))}
      </div>
    </>
  );
}

/** Which page of a picker a visitor asks for: as many choices as a page of a list may have. */
export async function choicesAskedFor(
  query: Record<string, unknown>,
  field: string,
): Promise<PageQuery> {
  return Object.assign(await pageAskedFor(query, field), { limit: MAX_LIMIT });
}

/** As `formAfter`, for a picker: it has no field of its own that something could stand beside. */
export function pickerAfter(error: unknown): FormState {
  const form = formAfter(error, {});
  return { ...form, errors: form.errors.map((finding) => ({ ...finding, field: '' })) };
}

/** What was chosen in a picker, and what it was shown with. */
export function pickedFrom(body: Record<string, unknown>, name: string) {
  return { picked: textsOf(body[name]), before: textsOf(body[BEFORE_FIELD]) };
}

function textsOf(value: unknown): string[] {
  const values = value === undefined ? [] : [value].flat();
  return values.filter((one): one is string => typeof one === 'string');
}

function Before({ given }: { given: string[] }) {
  return (
    <>
      {given.map((value) => (
        <input type="hidden" name={BEFORE_FIELD} value={value} />
      ))}
    </>
  );
}

/** What is given and not among what is offered stays given. */
function NotShown({ name, given, shown }: { name: string; given: string[]; shown: string[] }) {
  const known = new Set(shown);
  return (
    <>
      {given
        .filter((value) => !known.has(value))
        .map((value) => (
          <input type="hidden" name={name} value={value} />
        ))}
    </>
  );
}

interface ChoiceProps {
  name: string;
  value: string;
  isGiven: boolean;
  mayChange: boolean;
  description: string;
}

function Choice({ name, value, isGiven, mayChange, description }: ChoiceProps) {
  const id = `${name}-${value}`;
  const kept = useContext(Kept);
  const wasPicked = textsOf(kept?.[name]).includes(value);
  const wasChanged = wasPicked !== textsOf(kept?.[BEFORE_FIELD]).includes(value);
  const isChosen = kept && wasChanged ? wasPicked : isGiven;
  return (
    <div class="form-check mb-2">
      {/* What is disabled is not sent, and would be taken away. */}
      {isGiven && !mayChange && <input type="hidden" name={name} value={value} />}
      <input
        class="form-check-input"
        type="checkbox"
        id={id}
        name={name}
        value={value}
        checked={isChosen}
        disabled={!mayChange}
        {...(description && { 'aria-describedby': `${id}-help` })}
      />
      <label class="form-check-label" for={id}>
        {value}
      </label>
      {description && (
        <div class="form-text mt-0" id={`${id}-help`}>
          {description}
        </div>
      )}
    </div>
  );
}

function subjectOf(codename: string): string {
  return codename.split('.', 1)[0]!;
}
