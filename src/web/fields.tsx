import type { ComponentChildren } from 'preact';
import type { FormState } from './forms.js';

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
    autocapitalize?: string;
    required?: boolean;
    maxLength?: number;
    step?: string;
    'data-strength'?: number;
  };
}

/** A labelled field of one line with its help and what is wrong with it. */
export function Field({ form, name, label, help, initial = '', input }: FieldProps) {
  const isPassword = input.type === 'password';
  return (
    <Labelling form={form} name={name} label={label} help={help}>
      <input
        {...(input as object)}
        {...attributesOf(form, name, help)}
        {...(!isPassword && { value: form.values[name] ?? initial })}
      />
    </Labelling>
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
  return (
    <Labelling {...props}>
      <textarea
        rows={4}
        {...{ maxLength, required }}
        {...attributesOf(form, name, help)}
        value={form.values[name] ?? initial}
      />
    </Labelling>
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
  const chosen = form.values[name] ?? initial;
  return (
    <Labelling {...props}>
      <select {...attributesOf(form, name, help, 'form-select')}>
        {options.map(([value, text]) => (
          <option value={value} selected={value === chosen}>
            {text}
          </option>
        ))}
      </select>
    </Labelling>
  );
}

interface CheckProps extends Labelled {
  initial?: boolean;
  disabled?: boolean;
}

/** Yes or no. What is not checked is not sent. */
export function Check({ form, name, label, help, initial = false, disabled }: CheckProps) {
  const isShownAgain = Object.keys(form.values).length > 0;
  return (
    <div class="form-check mb-3">
      <input
        type="checkbox"
        {...attributesOf(form, name, help, 'form-check-input')}
        checked={isShownAgain ? form.values[name] === 'on' : initial}
        disabled={disabled}
      />
      <label class="form-check-label" for={name}>
        {label}
      </label>
      <Remarks form={form} name={name} help={help} />
    </div>
  );
}

function Labelling({
  form,
  name,
  label,
  help,
  children,
}: Labelled & { children: ComponentChildren }) {
  return (
    <div class="mb-3">
      <label class="form-label" for={name}>
        {label}
      </label>
      {children}
      <Remarks form={form} name={name} help={help} />
    </div>
  );
}

function Remarks({ form, name, help }: Pick<Labelled, 'form' | 'name' | 'help'>) {
  const errors = errorsOf(form, name);
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

function attributesOf(
  form: FormState,
  name: string,
  help: ComponentChildren,
  className = 'form-control',
) {
  const hasErrors = errorsOf(form, name).length > 0;
  const described = [...(help ? [`${name}-help`] : []), ...(hasErrors ? [`${name}-errors`] : [])];
  return {
    id: name,
    name,
    class: `${className}${hasErrors ? ' is-invalid' : ''}`,
    ...(hasErrors && { 'aria-invalid': 'true' as const }),
    ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
  };
}

function errorsOf({ errors }: FormState, name: string) {
  return errors.filter(({ field }) => field === name);
}
