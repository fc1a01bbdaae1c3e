import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { GatehouseDataSource } from './data-source.js';

/**
 * An SQL statement of a path that everybody takes. Each connection parses and plans it once, where connections keep
 * statements, and TypeORM builds nothing: a third of the work of one that is built each time.
 */
export class Statement<Row extends object> {
  /**
   * @param name unique among the statements of the application
   * @param text names the columns it returns: the plan of a `*` breaks when a migration adds one
   */
  constructor(
    private readonly name: string,
    readonly text: string,
  ) {}

  /**
   * Runs it: in the caller's transaction, if it is given one, else by itself. Returns the rows. Throws the
   * `DatabaseError` of pg, not TypeORM's `QueryFailedError`.
   */
  async run(on: DataSource | EntityManager, values: unknown[]): Promise<Row[]> {
    const connection = await connectionOf(on);
    const { rows } = await connection.query<Row>({
      ...(keepsStatements(on) && { name: this.name }),
      text: this.text,
      values,
    });
    return rows;
  }
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
