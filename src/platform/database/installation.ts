import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';

/** PostgreSQL cuts longer names off. */
const LONGEST_NAME = 63;
export const USUAL_SCHEMA = 'public';

/**
 * The schema that holds our tables, by which one installation of a database is told from another. Whatever is not a
 * table, and so does not follow the search path by itself, is named after it.
 */
export function schemaOf(dataSource: DataSource): string {
  return (dataSource.driver as { schema?: string }).schema!;
}

/** The channel on which the triggers of an installation announce changes, as they compute it. */
export function channelOf(dataSource: DataSource): string {
  const schema = schemaOf(dataSource);
  return schema === USUAL_SCHEMA ? 'gatehouse_changes' : `gatehouse_changes_${digestOf(schema)}`;
}

/** The schema of its jobs, which belongs to graphile-worker: not that of a host that uses the library itself. */
export function jobsSchemaOf(dataSource: DataSource): string {
  return jobsSchemaBeside(schemaOf(dataSource));
}

/** The same by the name of the schema that holds our tables. */
export function jobsSchemaBeside(schema: string): string {
  if (schema === USUAL_SCHEMA) return 'gatehouse_jobs';
  const name = `gatehouse_jobs_${schema}`;
  return Buffer.byteLength(name) <= LONGEST_NAME ? name : `gatehouse_jobs_${digestOf(schema)}`;
}

/** A short name for a schema of any name, which PostgreSQL computes as well. */
function digestOf(schema: string): string {
  return createHash('sha256').update(schema).digest('hex').slice(0, 32);
}
