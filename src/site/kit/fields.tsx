import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { Finding } from '../../http/app-error.js';
import type { FormState } from './forms.js';
import { Kept, keptText } from './kept-values.js';

interface Labelled {
  form: FormState;
  name: string;
  label: string;
  help?: ComponentChildren;
}

interface FieldProps extends Labelled {
  /** What stands there before anything was typed. */
  initial?: string;
  input: {
    type?: 'text' | 'email' | 'password' | 'search' | 'url' | 'number' | 'date';
    autocomplete?: string;
    autocapitalize?: 'none';
    required?: boolean;
    maxLength?: number;
    step?: string;
    /** The id of a list of suggestions. */
    list?: string;
    'data-strength'?: number;
  };
}

/** A labelled field of one line with its help and what is wrong with it. */
export function Field({ form, name, label, help, initial = '', input }: FieldProps) {
  const { autocomplete, autocapitalize, required, maxLength, step, list } = input;
  const kept = keptText(useContext(Kept), name);
  // The types of inputs know each with attributes of its own.
  const type = input.type as 'text' | undefined;
  // A password is typed as text while it is shown, and a name is no word: keyboards must not correct either.
  const isExact = input.type === 'password' || autocomplete === 'username';
  // Attribute by attribute: objects that are spread into one another are slow to make.
  return labelled(
    { form, name, label, help },
    <input
      type={type}
      autocomplete={autocomplete}
      autocapitalize={isExact ? 'none' : autocapitalize}
      autocorrect={isExact ? 'off' : undefined}
      spellcheck={isExact ? false : undefined}
      required={required}
      maxLength={maxLength}
      step={step}
      list={list}
      data-strength={input['data-strength']}
      id={name}
      name={name}
      class={classOf(form, name)}
      aria-invalid={isWrong(form, name)}
      aria-describedby={describedBy(form, name, help)}
      value={input.type === 'password' ? undefined : (form.values[name] ?? kept ?? initial)}
    />,
  );
}

interface TextAreaProps extends Labelled {
  initial?: string;
  maxLength?: number;
  required?: boolean;
}

/** As `Field`, for several lines. */
export function TextArea(props: TextAreaProps) {
  const { form, name, help, initial = '', maxLength, required } = props;
  const kept = keptText(useContext(Kept), name);
  return labelled(
    props,
    <textarea
      rows={4}
      maxLength={maxLength}
      required={required}
      id={name}
      name={name}
      class={classOf(form, name)}
      aria-invalid={isWrong(form, name)}
      aria-describedby={describedBy(form, name, help)}
      value={form.values[name] ?? kept ?? initial}
    />,
  );
}

interface SelectProps extends Labelled {
  initial?: string;
  /** Value and text of each. */
  options: readonly (readonly [string, string])[];
}

/** As `Field`, for one of several values. */
export function Select(props: SelectProps) {
  const { form, name, help, initial = '', options } = props;
  const kept = keptText(useContext(Kept), name);
  const chosen = form.values[name] ?? kept ?? initial;
  return labelled(
    props,
    <select
      id={name}
      name={name}
      class={classOf(form, name, 'form-select')}
      aria-invalid={isWrong(form, name)}
      aria-describedby={describedBy(form, name, help)}
    >
      {options.map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>,
  );
}

interface CheckProps extends Labelled {
  initial?: boolean;
  disabled?: boolean;
}

/** Yes or no. What is not checked is not sent. */
export function Check({ form, name, label, help, initial = false, disabled }: CheckProps) {
  const kept = keptText(useContext(Kept), name);
  const isShownAgain = Object.keys(form.values).length > 0;
  const unlessTyped = kept === undefined ? initial : kept === 'on';
  return (
    <div class="form-check mb-3">
      <input
        type="checkbox"
        id={name}
        name={name}
        class={classOf(form, name, 'form-check-input')}
        aria-invalid={isWrong(form, name)}
        aria-describedby={describedBy(form, name, help)}
        checked={isShownAgain ? form.values[name] === 'on' : unlessTyped}
        disabled={disabled}
      />
      <label class="form-check-label" for={name}>
        {label}
      </label>
      {remarks(form, name, help)}
    </div>
  );
}

// Called, and no components of their own: what is on every page of forms several times is worth it.
function labelled({ form, name, label, help }: Labelled, input: ComponentChildren) {
  return (
    <div class="mb-3">
      <label class="form-label" for={name}>
        {label}
      </label>
      {input}
      {remarks(form, name, help)}
    </div>
  );
}

function remarks(form: FormState, name: string, help: ComponentChildren) {
  const errors = errorsOf(form, name);
  if (errors.length === 0 && !help) return null;
  return (
    <>
      {errors.length > 0 && (
        <div id={`${name}-errors`} class="invalid-feedback d-block" role="alert">
          {errors.map(({ message }) => (
            <div>{message}</div>
          ))}
        </div>
      )}
      {help && (
        <div id={`${name}-help`} class="form-text">
          {help}
        </div>
      )}
    </>
  );
}

function classOf(form: FormState, name: string, className = 'form-control'): string {
  return isWrong(form, name) ? `${className} is-invalid` : className;
}

function isWrong(form: FormState, name: string): 'true' | undefined {
  return errorsOf(form, name).length > 0 ? 'true' : undefined;
}

function describedBy(form: FormState, name: string, help: ComponentChildren): string | undefined {
  const errors = isWrong(form, name) && `${name}-errors`;
  return help ? `${name}-help${errors ? ` ${errors}` : ''}` : errors;
}

const NONE: Finding[] = [];

function errorsOf({ errors }: FormState, name: string): Finding[] {
  return errors.length === 0 ? NONE : errors.filter(({ field }) => field === name);
}
