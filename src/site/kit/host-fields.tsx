import type { ApiPropertyOptions } from '@nestjs/swagger';
import { hostFieldsIn, isOneLineText, type UserForm } from '../../users/user-field.decorator.js';
import { Check, Field, Select, TextArea } from './fields.js';
import type { FormState } from './forms.js';
import { Shown, shownIn } from './shown.js';

/** The forms of pages in which fields of a host appear. */
type InputForm = Extract<UserForm, 'registration' | 'profile' | 'creation' | 'change'>;
type Kind = 'text' | 'longText' | 'flag' | 'yesNoUnknown' | 'number' | 'choice';
type Schema = ApiPropertyOptions & {
  type?: unknown;
  format?: string;
  title?: string;
  description?: string;
  maxLength?: number;
  nullable?: boolean;
  enum?: unknown;
  isArray?: boolean;
};

const YES_NO_UNKNOWN = [
  ['', '–'],
  ['yes', 'yes'],
  ['no', 'no'],
] as const;
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
export function HostInputs({ of, form, account }: HostInputsProps) {
  const values = (account ?? {}) as Record<string, unknown>;
  const shown = inputsOf(of).map(({ name, kind }) => [name, textOf(values[name], kind)] as const);
  return (
    <>
      {account && <Shown values={Object.fromEntries(shown)} />}
      {inputsOf(of).map(({ name, schema, kind }) => (
        <HostInput name={name} schema={schema} kind={kind} form={form} value={values[name]} />
      ))}
    </>
  );
}

/** What was typed into `HostInputs` and differs from what they showed, as the DTO of that form takes it. */
export function hostValuesFrom(
  of: InputForm,
  body: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    inputsOf(of)
      .filter(({ name }) => shownIn(body, name) !== (body[name] ?? ''))
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
  const initial = textOf(value, kind);
  const limit = maxLength !== undefined && { maxLength };
  switch (kind) {
    case 'flag':
      return <Check {...common} initial={initial === 'on'} />;
    case 'choice': {
      const options = choicesOf(schema).map(String);
      // What is there and not offered any more stays, unless somebody chooses something else.
      if (initial !== '' && !options.includes(initial)) options.push(initial);
      const empty = nullable || initial === '' ? [['', '–'] as const] : [];
      const all = [...empty, ...options.map((one) => [one, one] as const)];
      return <Select {...common} initial={initial} options={all} />;
    }
    case 'number':
      return <Field {...common} initial={initial} input={{ type: 'number', step: 'any' }} />;
    case 'longText':
      return <TextArea {...common} initial={initial} {...limit} />;
    case 'yesNoUnknown':
      return <Select {...common} initial={initial} options={YES_NO_UNKNOWN} />;
    default: {
      // An input of one line would drop the line breaks.
      if (/[\r\n]/.test(initial)) return <TextArea {...common} initial={initial} {...limit} />;
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
  if (schema.isArray || schema.format === 'date-time') return undefined;
  if (choicesOf(schema).length > 0) return 'choice';
  switch (schema.type) {
    case Boolean:
    case 'boolean':
      return schema.nullable ? 'yesNoUnknown' : 'flag';
    case Number:
    case 'number':
    case 'integer':
      return 'number';
    case String:
    case 'string':
      return isOneLineText(schema) ? 'text' : 'longText';
    default:
      return undefined;
  }
}

/** What is left empty is null where it may be, left out when an account is new, and otherwise empty text. */
function valueOf(typed: unknown, kind: Kind, schema: Schema, of: InputForm): unknown {
  const { nullable } = schema;
  if (kind === 'flag') return typed === 'on';
  if (typed === '') {
    if (nullable) return null;
    const isNew = of === 'registration' || of === 'creation';
    const mayBeEmpty = kind === 'text' || kind === 'longText';
    return isNew || !mayBeEmpty ? undefined : typed;
  }
  if (kind === 'yesNoUnknown') return typed === 'yes' ? true : typed === 'no' ? false : typed;
  if (kind === 'choice') return choicesOf(schema).find((one) => String(one) === typed) ?? typed;
  const isNumber = kind === 'number' && typeof typed === 'string' && typed.trim() !== '';
  // A number that would be rounded is left to the rules, as it was typed.
  return isNumber && isExact(typed) ? Number(typed) : typed;
}

/** A list, or a TypeScript enum, whose numbers also lead back to their names. */
function choicesOf({ enum: choices }: Schema): unknown[] {
  if (Array.isArray(choices)) return choices as unknown[];
  if (typeof choices !== 'object' || choices === null) return [];
  return Object.entries(choices)
    .filter(([name]) => !/^\d+$/.test(name))
    .map(([, value]) => value as unknown);
}

function isExact(typed: string): boolean {
  const number = Number(typed);
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number));
}

/** A value as its input shows it. */
function textOf(value: unknown, kind: Kind): string {
  if (kind === 'flag') return value === true ? 'on' : '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `phoneNumber` as "Phone number". */
function inWords(name: string): string {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
