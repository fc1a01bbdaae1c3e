import { raw, type Sql } from 'sql-template-tag';
import type { ObjectLiteral, Repository } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/** The columns of an entity, those of the host included, in a statement that is written by hand. */
export class EntityColumns<Entity extends ObjectLiteral> {
  /** SQL: what to select, or to return, of the table under its alias. */
  readonly list: Sql;
  private readonly columns: { column: ColumnMetadata; name: string }[];

  constructor(
    private readonly repository: Repository<Entity>,
    alias: string,
  ) {
    this.columns = repository.metadata.columns
      .filter(({ isSelect, isVirtualProperty }) => isSelect && !isVirtualProperty)
      .map((column, index) => ({ column, name: `${alias}${index}` }));
    const list = this.columns.map(
      ({ column, name }) => `${alias}."${column.databaseName}" AS "${name}"`,
    );
    this.list = raw(list.join(', '));
  }

  /** The entity in a row of such a statement; null where an outer join found none. */
  read(row: object): Entity | null {
    const { metadata, manager } = this.repository;
    const { driver } = manager.dataSource;
    const values = row as Record<string, unknown>;
    if (this.columns.every(({ name }) => values[name] === null)) return null;
    const entity = metadata.create() as Entity;
    for (const { column, name } of this.columns) {
      column.setEntityValue(entity, driver.prepareHydratedValue(values[name], column));
    }
    // As after every other reading of the entity.
    for (const listener of metadata.afterLoadListeners) void listener.execute(entity);
    return entity;
  }
}
