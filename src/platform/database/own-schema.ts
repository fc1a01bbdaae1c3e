import { CLI } from '../../common/cli-name.js';
import { OperatorError } from '../../common/operator-error.js';
import type { GatehouseDataSource } from './data-source.js';
import { exclusively } from './exclusively.js';
import { schemaOf } from './installation.js';
import { OUR_TABLE } from './migration-sets.js';

/**
 * Creates the schema of our tables where it is missing. Throws `OperatorError` when this role may not, and for the schema
 * that is the first one of the role: `"$user", public` is the usual search path of PostgreSQL.
 */
export async function createSchema(
  { directAddress }: GatehouseDataSource,
  schema: string,
): Promise<void> {
  const client = await directAddress.connect('gatehouse migrations');
  try {
    const { rows } = await client.query<{
      exists: boolean;
      may: boolean;
      role: string;
      isOfRole: boolean;
    }>(
      `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS exists,
              has_database_privilege(current_database(), 'CREATE') AS may, quote_ident(current_user) AS role,
              current_user = $1 AS "isOfRole"`,
      [schema],
    );
    const { exists, may, role, isOfRole } = rows[0]!;
    if (isOfRole) {
      throw new OperatorError(
        `The schema "${schema}" has the name of the role, so PostgreSQL would look there for the tables of the application. Name another one: GatehouseModule.forRoot({ existing: { schema: 'gatehouse_data' } }).`,
      );
    }
    if (exists) return;
    if (!may) {
      throw new OperatorError(
        `The database has no schema "${schema}", and this role may not create it. An administrator of the server runs there: CREATE SCHEMA "${schema}" AUTHORIZATION ${role};`,
      );
    }
    await exclusively(directAddress, 'migrations', () =>
      client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`),
    );
  } finally {
    await client.end();
  }
}

/**
 * Throws `OperatorError` when tables would be looked for in another schema than that of our tables: it is missing, or
 * the role may not use it.
 */
export async function assertInSchema(
  dataSource: GatehouseDataSource,
  schema: string,
): Promise<void> {
  const [row] = await dataSource.query<{ name: string }[]>('SELECT current_schema() AS name');
  if (row!.name === schema) return;
  throw new OperatorError(
    `The database has no schema "${schema}" that this role may use. Create it with all tables: ${CLI} migrate`,
  );
}

/**
 * Throws `OperatorError` when a schema that we have not used yet has a table of another application by the name of one
 * of ours, such as `users`. Reads only.
 */
export async function assertNoForeignTables(dataSource: GatehouseDataSource): Promise<void> {
  const names = dataSource.entityMetadatas
    .filter(({ target }) => dataSource.ourEntities.has(target))
    .map(({ tableName }) => tableName);
  const [found] = await dataSource.query<{ name: string }[]>(
    `SELECT relname AS name FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace
     WHERE nspname = current_schema() AND relname = ANY($1) ORDER BY relname DESC LIMIT 1`,
    [[...names, OUR_TABLE]],
  );
  if (!found) return;
  throw new OperatorError(
    `The schema "${schemaOf(dataSource)}" has a table "${found.name}" that Gatehouse has not created. Give Gatehouse a schema of its own: GatehouseModule.forRoot({ existing: { schema: 'gatehouse_data' } }), or another search_path in DATABASE_URL.`,
  );
}
