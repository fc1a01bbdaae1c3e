import type { Type } from '@nestjs/common';
import { OperatorError } from './operator-error.js';

/** What an application that was there before Gatehouse decides about living together with it. */
export interface ExistingApplication {
  /**
   * The schema of the database that holds the tables of Gatehouse. The first start creates it. Nothing is created or
   * changed in another one. It may not have the name of the role, for which PostgreSQL would find our tables before
   * those of the application. Default: `gatehouse_data`.
   */
  schema?: string;
  /**
   * Modules whose routes Gatehouse leaves alone for now: the guards, pipes and filters of the application decide there,
   * as before. A handler or controller of them that states who may call it, or names a guard of Gatehouse, has moved
   * in. Every other route is closed unless it says open. Default: none.
   */
  unguarded?: readonly Type[];
}

const USUAL_SCHEMA = 'gatehouse_data';
/** PostgreSQL cuts longer names off, and keeps `pg_` for itself. */
const NAME = /^(?!pg_)[^\0"\\]+$/;
const LONGEST_NAME = 63;

/** The schema of our tables. Throws `OperatorError` for a name that PostgreSQL does not take as it is. */
export function schemaNameOf({ schema = USUAL_SCHEMA }: ExistingApplication): string {
  const isName =
    typeof schema === 'string' && NAME.test(schema) && Buffer.byteLength(schema) <= LONGEST_NAME;
  if (isName) return schema;
  throw new OperatorError(
    `forRoot({ existing: { schema } }): it must be the name of a schema, such as "${USUAL_SCHEMA}", of at most ${LONGEST_NAME} bytes.`,
  );
}
