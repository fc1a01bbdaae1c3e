import { QueryFailedError } from 'typeorm';

/** Of `NO ACTION`, and of `RESTRICT` from PostgreSQL 18 on. */
const CODES = new Set(['23503', '23001']);

/** Whether a statement failed because another row refers to one that it deletes. */
export function isForeignKeyViolation(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  return CODES.has(String((error.driverError as { code?: string }).code));
}
