import type { DataSource } from 'typeorm';
import { CLI } from '../../common/cli-name.js';
import { OperatorError } from '../../common/operator-error.js';
import { jobsSchemaOf } from './installation.js';
import { OUR_TABLE, PRODUCT_TABLE } from './migration-sets.js';

/** A right that the role lacks, and the statement by which an administrator makes up for it. */
interface Lack {
  role: string;
  database: string;
  right: string;
  statement: string;
}

/**
 * Reads what the role lacks to create what is missing. $1: the schema of the jobs. $2: whether migrations are pending.
 * An extension or a schema that exists is used as it is. A role that does not own the tables is not to migrate at all,
 * and no right is asked for it.
 */
const LACKS = `
  WITH own AS (
    SELECT current_user AS role, current_database() AS database, current_schema() AS schema,
           has_database_privilege(current_database(), 'CREATE') AS creates, $1::text AS jobs, $2::boolean AS pending),
  lacks AS (
    SELECT 1 AS step, format('CREATE on the schema %I', schema) AS right,
           format('GRANT CREATE ON SCHEMA %I TO %I', schema, role) AS statement
    FROM own WHERE pending AND NOT has_schema_privilege(schema, 'CREATE')
    UNION ALL
    SELECT 2, format('CREATE on the database %I', database), 'CREATE EXTENSION pg_trgm'
    FROM own WHERE pending AND NOT creates AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
    UNION ALL
    SELECT 3, format('USAGE on the schema %I', nspname), format('GRANT USAGE ON SCHEMA %I TO %I', nspname, role)
    FROM own, pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
    WHERE pending AND extname = 'pg_trgm' AND NOT has_schema_privilege(n.oid, 'USAGE')
    UNION ALL
    SELECT 4, format('CREATE on the database %I', database), format('CREATE SCHEMA %I AUTHORIZATION %I', jobs, role)
    FROM own WHERE NOT creates AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = jobs)
    UNION ALL
    SELECT 5, format('USAGE and CREATE on the schema %I', jobs),
           format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', jobs, role)
    FROM own JOIN pg_namespace AS n ON nspname = jobs
    WHERE NOT (has_schema_privilege(n.oid, 'USAGE') AND has_schema_privilege(n.oid, 'CREATE'))
      AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'migrations'))
  SELECT role, database, "right", statement FROM own, lacks
  WHERE schema IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE nspname = schema AND relname IN ('${OUR_TABLE}', '${PRODUCT_TABLE}') AND NOT pg_has_role(relowner, 'USAGE'))
  ORDER BY step`;

/** Throws `OperatorError` with all that an administrator has to run before this role can migrate. Reads only. */
export async function assertMayMigrate(dataSource: DataSource, isPending: boolean): Promise<void> {
  const lacks = await dataSource.query<Lack[]>(LACKS, [jobsSchemaOf(dataSource), isPending]);
  if (lacks.length === 0) return;
  const { role, database } = lacks[0]!;
  const rights = [...new Set(lacks.map(({ right }) => right))].join(', ');
  const statements = lacks.map(({ statement }) => `${statement};`).join(' ');
  throw new OperatorError(
    `"${role}" cannot migrate the database "${database}": it lacks ${rights}. An administrator of the server runs there: ${statements} Or a role that has these rights migrates: ${CLI} migrate`,
  );
}
