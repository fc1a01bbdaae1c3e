import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';
import { OneLine } from '../http/one-line.decorator.js';

/** How a field that a host adds to the user is used. Administrators always see and change it. */
export interface UserFieldOptions {
  /** What OpenAPI says of it: type, description, example. */
  schema: ApiPropertyOptions;
  /** The rules for its value: decorators of class-validator and class-transformer. */
  rules: PropertyDecorator[];
  /** Whether it is asked for when somebody registers. Default: not asked. */
  registration?: 'required' | 'optional';
  /** What the owner of the account may do with it. Default: `edit`. */
  owner?: 'edit' | 'view' | 'none';
}

/** The forms in which fields of a host appear. `account` and `user` are answers, the rest is input. */
export type UserForm = 'registration' | 'profile' | 'creation' | 'change' | 'account' | 'user';

/** Longer text may have several lines. */
const MAX_LINE = 200;

const fields = new Map<string, UserFieldOptions>();
const dtos = new Map<object, UserForm>();

/**
 * Makes a column of the `User` entity a field of the account: in registration, `users/me`, the
 * administration and OpenAPI, as the options say. docs/custom-user-fields.md walks through it.
 */
export function UserField(options: UserFieldOptions): PropertyDecorator {
  return (_entity, property) => {
    const name = String(property);
    fields.set(name, options);
    // DTOs that were loaded before the entity.
    for (const [dto, form] of dtos) addField(dto, form, name, options);
  };
}

/** Gives a DTO the host's fields of a form, with their rules and their documentation. */
export function HostFields(form: UserForm): ClassDecorator {
  return ({ prototype }) => {
    const dto = prototype as object;
    dtos.set(dto, form);
    for (const [name, options] of fields) addField(dto, form, name, options);
  };
}

function addField(dto: object, form: UserForm, name: string, options: UserFieldOptions): void {
  if (!isIn(form, options)) return;
  const { schema, rules, registration } = options;
  const isAnswer = form === 'account' || form === 'user';
  const isRequired = isAnswer || (form === 'registration' && registration === 'required');
  const decorators = isAnswer ? [] : [Allow(), ...rules];
  if (!isAnswer && isOneLineText(schema)) decorators.push(OneLine());
  if (!isRequired) decorators.push(IfGiven());
  applyDecorators(
    ApiProperty({ ...schema, required: isRequired } as ApiPropertyOptions),
    ...decorators,
  )(dto, name);
}

/** The host's fields that a form has, in the order in which they were declared. */
export function hostFieldsIn(form: UserForm): { name: string; schema: ApiPropertyOptions }[] {
  return [...fields]
    .filter(([, options]) => isIn(form, options))
    .map(([name, { schema }]) => ({ name, schema }));
}

/** Of an object, the host's fields that a form has and that are given. */
export function hostFieldsOf(form: UserForm, source: object): Record<string, unknown> {
  const values = source as Record<string, unknown>;
  return Object.fromEntries(
    [...fields]
      .filter(([name, options]) => isIn(form, options) && values[name] !== undefined)
      .map(([name]) => [name, values[name]]),
  );
}

/** Whether a field is text of one line, in the API as on pages: text that may not be longer than 200 characters. */
export function isOneLineText(schema: ApiPropertyOptions): boolean {
  const { type, maxLength } = schema as { type?: unknown; maxLength?: number };
  return (type === String || type === 'string') && !schema.isArray && (maxLength ?? 0) <= MAX_LINE;
}

function isIn(form: UserForm, { registration, owner = 'edit' }: UserFieldOptions): boolean {
  if (form === 'registration') return registration !== undefined;
  if (form === 'profile') return owner === 'edit';
  if (form === 'account') return owner !== 'none';
  return true;
}
