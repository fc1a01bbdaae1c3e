import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';

/** The static method by which the plugin of Swagger describes the properties of a class. */
const DESCRIPTION = '_OPENAPI_METADATA_FACTORY';
/** Where Swagger keeps the names of the properties that are decorated by hand. */
const DECORATED = 'swagger/apiModelPropertiesArray';

interface Field {
  dto: object;
  name: string;
}

const chosen: Field[] = [];
const answered: Field[] = [];
const typed: Field[] = [];

/** Notes a field in which a username is chosen. It is gone where accounts have none. */
export function ChosenUsername(): PropertyDecorator {
  return (dto, name) => void chosen.push({ dto, name: String(name) });
}

/** A field of an answer that holds a username. It is null where accounts have none. */
export function UsernameInAnswer(): PropertyDecorator {
  return (dto, name) => {
    ApiProperty({ type: String, nullable: false, example: 'ann' })(dto, name);
    answered.push({ dto, name: String(name) });
  };
}

/** Notes a field in which a username or an address is typed. It takes an address where accounts have no username. */
export function TypedName(): PropertyDecorator {
  return (dto, name) => void typed.push({ dto, name: String(name) });
}

/** Takes usernames out of what is validated and out of the OpenAPI document. */
export function hideUsernameFields(): void {
  for (const field of chosen) removeField(field);
  const ofAnswer: ApiPropertyOptions = {
    type: String,
    nullable: true,
    example: null,
    description: 'Always null: accounts have no usernames here.',
  };
  for (const { dto, name } of answered) ApiProperty(ofAnswer)(dto, name);
  const ofSignIn = {
    example: 'ann@example.com',
    description: 'The email address. Spaces around it do not matter.',
  };
  for (const { dto, name } of typed) ApiProperty(ofSignIn)(dto, name);
}

function removeField({ dto, name }: Field): void {
  const type = dto.constructor;
  // The library has no door for it: without rules a field is an unknown one.
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: Map<unknown, { propertyName: string }[]>;
  };
  const rules = validationMetadatas.get(type) ?? [];
  validationMetadatas.set(
    type,
    rules.filter(({ propertyName }) => propertyName !== name),
  );
  const describe = Reflect.get(type, DESCRIPTION) as (() => Record<string, unknown>) | undefined;
  const describeOthers = () => {
    const { [name]: _, ...others } = describe?.call(type) ?? {};
    return others;
  };
  Object.defineProperty(type, DESCRIPTION, { value: describeOthers, configurable: true });
  const decorated = (Reflect.getMetadata(DECORATED, dto) as string[] | undefined) ?? [];
  Reflect.defineMetadata(
    DECORATED,
    decorated.filter((key) => key !== `:${name}`),
    dto,
  );
}
