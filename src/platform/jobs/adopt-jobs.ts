import pg from 'pg';
import type { DataSource } from 'typeorm';
import { jobsSchemaOf } from '../database/installation.js';

/** Where every installation of a database had its jobs before each had a schema for them. */
const SHARED = 'graphile_worker';
/** Numbers that instances of an earlier version may still give to jobs of theirs while this one runs. */
const NUMBERS_LEFT_FREE = 1_000_000;

// What is locked belongs to an earlier version that does it now, which holds the advisory lock of its worker.
const ADOPT = (schema: string) => `
  WITH adopted AS (
    DELETE FROM ${SHARED}._private_jobs AS j USING ${SHARED}._private_tasks AS t
    WHERE t.id = j.task_id AND t.identifier = ANY($1) AND j.attempts < j.max_attempts
      AND (j.locked_at IS NULL OR (j.locked_at < now() - interval '5 seconds'
           AND pg_try_advisory_xact_lock(hashtextextended(j.locked_by, 0))))
      AND (EXISTS (SELECT FROM mails WHERE id::text = j.payload ->> 'id')
           OR EXISTS (SELECT FROM users WHERE id::text = j.payload ->> 'userId')
           OR EXISTS (SELECT FROM users WHERE email_key = lower(j.payload ->> 'email')))
    RETURNING t.identifier, j.payload, j.key, j.run_at, j.max_attempts)
  SELECT ${schema}.add_job(
    identifier, payload, job_key => key, run_at => run_at, max_attempts => max_attempts)
  FROM adopted`;

/**
 * Takes over the jobs that an earlier version left in the schema that all installations, and any host with
 * graphile-worker, shared: those about our emails and accounts. Returns how many.
 */
export async function adoptJobs(dataSource: DataSource, tasks: string[]): Promise<number> {
  const [found] = await dataSource.query<{ is_ours: boolean | null }[]>(
    `SELECT bool_and(has_schema_privilege(relnamespace, 'USAGE') AND has_table_privilege(oid, 'SELECT')
                     AND has_table_privilege(oid, 'DELETE')) AND count(*) = 2 AS is_ours
     FROM pg_class WHERE oid IN (to_regclass('${SHARED}._private_jobs'), to_regclass('${SHARED}._private_tasks'))`,
  );
  if (!found?.is_ours) return 0;
  const rows = await dataSource.query<object[]>(
    ADOPT(pg.escapeIdentifier(jobsSchemaOf(dataSource))),
    [tasks],
  );
  return rows.length;
}

/**
 * Begins the numbers of jobs above those that `finished_jobs` knows from the earlier schema: a job with a number that
 * stands there counts as done.
 */
export function startNumbersAbove(schema: string, finished: string): string {
  const sequence = `pg_get_serial_sequence(${pg.escapeLiteral(`${schema}._private_jobs`)}, 'id')`;
  return `
    SELECT setval(${sequence}, known.last + ${NUMBERS_LEFT_FREE})
    FROM (SELECT max(job_id) AS last FROM ${finished}) AS known
    WHERE known.last >= coalesce(pg_sequence_last_value(${sequence}::regclass), 0)`;
}
