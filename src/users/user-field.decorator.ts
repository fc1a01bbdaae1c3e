import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Allow } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';
import { OneLine } from '../http/one-line.decorator.js';
import { rulesOf } from '../http/validation-findings.js';

/** How a field that a product adds to the user is used. Administrators always see and change it. */
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

/** The static method by which the plugin of Swagger describes the properties of a class. */
const DESCRIPTION = '_OPENAPI_METADATA_FACTORY';

type Fields = Map<string, UserFieldOptions>;

/** What is declared, by class. */
const declared = new Map<unknown, Fields>();
/** What is in use. */
const fields: Fields = new Map();
const dtos = new Map<object, UserForm>();

/**
 * Makes a column of the class that `GatehouseModule.forRoot({ userFields })` names a field of the account: in
 * registration, `users/me`, the administration, their pages and OpenAPI, as the options say.
 * docs/custom-user-fields.md walks through it.
 *
 * ```ts
 * export class AppUser {
 *   @UserField({ schema: { type: String, maxLength: 30 }, rules: [IsString(), MaxLength(30)] })
 *   @Column('varchar', { length: 30, default: '' })
 *   phone!: string;
 * }
 * ```
 */
export function UserField(options: UserFieldOptions): PropertyDecorator {
  return ({ constructor }, property) => {
    const ofClass = declared.get(constructor) ?? new Map<string, UserFieldOptions>();
    declared.set(constructor, ofClass.set(String(property), options));
  };
}

/** The names of the fields that each class declares. */
export function declaredUserFields(): Map<unknown, string[]> {
  return new Map([...declared].map(([type, ofClass]) => [type, [...ofClass.keys()]]));
}

/** Takes the fields of a class into use. Returns the name of one that a DTO has already, if there is one. */
export function useUserFields(type: unknown): string | undefined {
  for (const [name, options] of declared.get(type) ?? []) {
    if ([...dtos.keys()].some((dto) => hasProperty(dto, name))) return name;
    fields.set(name, options);
    for (const [dto, form] of dtos) addField(dto, form, name, options);
  }
  return undefined;
}

/** Whether a DTO declares a property itself, in OpenAPI or for validation. */
function hasProperty(dto: object, name: string): boolean {
  const describe = Reflect.get(dto.constructor, DESCRIPTION) as (() => object) | undefined;
  return (
    Object.hasOwn(describe?.() ?? {}, name) ||
    rulesOf(dto).some(({ propertyName }) => propertyName === name)
  );
}

/** Gives a DTO the product's fields of a form, with their rules and their documentation. */
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

/** The product's fields that a form has, in the order in which they were declared. */
export function hostFieldsIn(form: UserForm): { name: string; schema: ApiPropertyOptions }[] {
  return [...fields]
    .filter(([, options]) => isIn(form, options))
    .map(([name, { schema }]) => ({ name, schema }));
}

/** Of an object, the product's fields that a form has and that are given. */
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

/** The names of all fields in use. */
export function userFieldNames(): string[] {
  return [...fields.keys()];
}
