import type { Pool, PoolClient } from 'pg';
import type { Sql } from 'sql-template-tag';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { GatehouseDataSource } from './data-source.js';

/**
 * Runs an SQL statement that every sign-in or most requests need. Each connection parses and plans it once, where
 * connections keep statements, and TypeORM builds nothing: a third of the work of one that is built each time. Throws
 * the `DatabaseError` of pg, not TypeORM's `QueryFailedError`.
 * @param on the caller's transaction, or the data source for a transaction of its own
 * @param name belongs to one text: pg refuses a second text under it. Values change between calls, the text never.
 * @param statement names the columns it returns: the plan of a `*` breaks when a migration adds one
 */
export async function runPrepared<Row extends object>(
  on: DataSource | EntityManager,
  name: string,
  { text, values }: Sql,
): Promise<Row[]> {
  const connection = await connectionOf(on);
  const { rows } = await connection.query<Row>({
    ...(keepsStatements(on) && { name }),
    text,
    values,
  });
  return rows;
}

/** Behind a transaction pooler, the next transaction has another connection, which does not know the statement. */
function keepsStatements(on: DataSource | EntityManager): boolean {
  const dataSource = on instanceof DataSource ? on : on.dataSource;
  return (dataSource as GatehouseDataSource).address.keepsSessions;
}

async function connectionOf(on: DataSource | EntityManager): Promise<Pool | PoolClient> {
  if (on instanceof DataSource) return (on.driver as PostgresDriver).master as Pool;
  if (!on.queryRunner) return connectionOf(on.dataSource);
  return on.queryRunner.connect() as Promise<PoolClient>;
}
