import type { ApiPropertyOptions } from '@nestjs/swagger';
import { hostFieldsIn, type UserForm } from '../users/user-field.decorator.js';
import { Check, Field, Select, TextArea } from './fields.js';
import type { FormState } from './forms.js';

/** The forms of pages in which fields of a host appear. */
type InputForm = Extract<UserForm, 'registration' | 'profile' | 'creation' | 'change'>;
type Kind = 'text' | 'longText' | 'flag' | 'number' | 'choice';
type Schema = ApiPropertyOptions & {
  type?: unknown;
  format?: string;
  title?: string;
  description?: string;
  maxLength?: number;
  nullable?: boolean;
  enum?: unknown;
};

const LONG = 200;
const INPUT_TYPES = { email: 'email', uri: 'url', date: 'date' } as const;

interface HostInputsProps {
  of: InputForm;
  form: FormState;
  /** The account as it is. */
  account?: object;
}

/**
 * An input for each field that a host has added to the user (`@UserField()`), made from its schema: text,
 * numbers, yes or no, one of several. Lists and objects have none: they are for the API.
 */
export function HostInputs({ of, form, account = {} }: HostInputsProps) {
  const values = account as Record<string, unknown>;
  return (
    <>
      {inputsOf(of).map(({ name, schema, kind }) => (
        <HostInput name={name} schema={schema} kind={kind} form={form} value={values[name]} />
      ))}
    </>
  );
}

/** What was typed into `HostInputs`, as the DTO of that form takes it. */
export function hostValuesFrom(
  of: InputForm,
  body: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    inputsOf(of)
      .map(({ name, schema, kind }) => [name, valueOf(body[name], kind, schema, of)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

interface HostInputProps {
  name: string;
  schema: Schema;
  kind: Kind;
  form: FormState;
  value: unknown;
}

function HostInput({ name, schema, kind, form, value }: HostInputProps) {
  const { title, description: help, maxLength, nullable, format } = schema;
  const common = { form, name, label: title ?? inWords(name), ...(help && { help }) };
  const initial = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const limit = maxLength !== undefined && { maxLength };
  switch (kind) {
    case 'flag':
      return <Check {...common} initial={value === true} />;
    case 'choice': {
      const options = (schema.enum as unknown[]).map(String);
      const isEmptyAllowed = nullable || !options.includes(initial);
      const empty = isEmptyAllowed ? [['', '–'] as const] : [];
      const all = [...empty, ...options.map((one) => [one, one] as const)];
      return <Select {...common} initial={initial} options={all} />;
    }
    case 'number':
      return <Field {...common} initial={initial} input={{ type: 'number', step: 'any' }} />;
    case 'longText':
      return <TextArea {...common} initial={initial} {...limit} />;
    default: {
      const type = INPUT_TYPES[format as keyof typeof INPUT_TYPES] ?? 'text';
      return <Field {...common} initial={initial} input={{ type, ...limit }} />;
    }
  }
}

function inputsOf(form: InputForm) {
  return hostFieldsIn(form).flatMap((field) => {
    const { schema }: { schema: Schema } = field;
    const kind = kindOf(schema);
    return kind ? [{ name: field.name, schema, kind }] : [];
  });
}

function kindOf(schema: Schema): Kind | undefined {
  if (Array.isArray(schema.enum)) return 'choice';
  switch (schema.type) {
    case Boolean:
    case 'boolean':
      return 'flag';
    case Number:
    case 'number':
    case 'integer':
      return 'number';
    case String:
    case 'string':
      return (schema.maxLength ?? 0) > LONG ? 'longText' : 'text';
    default:
      return undefined;
  }
}

/** What is left empty is null where it may be, left out when an account is new, and otherwise empty text. */
function valueOf(typed: unknown, kind: Kind, { nullable }: Schema, of: InputForm): unknown {
  if (kind === 'flag') return typed === 'on';
  if (typed === '') {
    if (nullable) return null;
    const isNew = of === 'registration' || of === 'creation';
    const mayBeEmpty = kind === 'text' || kind === 'longText';
    return isNew || !mayBeEmpty ? undefined : typed;
  }
  const isNumber = kind === 'number' && typeof typed === 'string' && typed.trim() !== '';
  return isNumber && Number.isFinite(Number(typed)) ? Number(typed) : typed;
}

/** `phoneNumber` as "Phone number". */
function inWords(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
