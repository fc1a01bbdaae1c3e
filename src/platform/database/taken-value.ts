import {
  type EntityMetadata,
  type ObjectLiteral,
  QueryFailedError,
  type Repository,
} from 'typeorm';
import { AppError } from '../../http/app-error.js';

const UNIQUE_VIOLATION = '23505';
/** What PostgreSQL says, in any language, of a unique violation: `(column, other)=(value, value)`. */
const COLUMNS = /\((.+?)\)=\(/s;
const IDENTIFIER = /"((?:[^"]|"")+)"|[\p{L}_][\p{L}\d_$]*/gu;

interface UniqueViolation {
  code?: string;
  constraint?: string;
  detail?: string;
  table?: string;
}

/**
 * Turns a unique violation into `AppError` 422 with the finding `taken` at the property that has the value. A constraint
 * on several columns names the first. Returns undefined for any other error, and for rows of other entities.
 *
 * An exception that reaches no handler gets this answer by itself, when the body of the request has the property.
 * ```ts
 * catch (error) {
 *   throw takenValueError(error, this.articles) ?? error;
 * }
 * ```
 * @param repository of the entity that was saved
 * @param fields the properties that may be named; the others are not the caller's. Default: all
 */
export function takenValueError<Entity extends ObjectLiteral>(
  error: unknown,
  repository: Pick<Repository<Entity>, 'metadata'>,
  fields?: readonly string[],
): AppError | undefined {
  const violation = uniqueViolationOf(error);
  if (!violation || violation.table !== repository.metadata.tableName) return undefined;
  const properties = propertiesOf(violation, repository.metadata);
  const field = fields ? properties.find((one) => fields.includes(one)) : properties[0];
  if (field === undefined) return undefined;
  return AppError.validation([
    { field, code: 'taken', message: 'This value is already in use. Choose another one.' },
  ]);
}

/** The table of a unique violation; undefined for any other error. */
export function tableOfTakenValue(error: unknown): string | undefined {
  return uniqueViolationOf(error)?.table;
}

function uniqueViolationOf(error: unknown): UniqueViolation | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const driver = error.driverError as UniqueViolation;
  return driver.code === UNIQUE_VIOLATION ? driver : undefined;
}

/**
 * The properties of the columns of a constraint, in its order. Names of constraints do not lead to them: TypeORM names
 * the constraint of an added column in its own way, and migrations are written by hand. Where PostgreSQL does not say
 * the columns (row-level security), the name is all there is.
 */
function propertiesOf({ detail, constraint }: UniqueViolation, metadata: EntityMetadata): string[] {
  const text = COLUMNS.exec(detail ?? '')?.[1];
  const columns =
    text === undefined
      ? ([...metadata.uniques, ...metadata.indices].find(({ name }) => name === constraint)
          ?.columns ?? [])
      : [...text.matchAll(IDENTIFIER)].flatMap(([word, quoted]) => {
          const name = quoted?.replaceAll('""', '"') ?? word;
          return metadata.columns.find(({ databaseName }) => databaseName === name) ?? [];
        });
  return columns.map(({ propertyPath }) => propertyPath);
}
