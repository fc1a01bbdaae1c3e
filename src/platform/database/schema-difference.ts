import type { DataSource, Table } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { EntityMetadata } from 'typeorm/metadata/EntityMetadata.js';
import type { SqlInMemory } from 'typeorm/driver/SqlInMemory.js';
import { type Extension, extensionOf } from './extend-entity.js';

/**
 * SQL from what the database has to what the entities declare, and back. It contains nothing about our tables but what
 * a product adds to them, so that no migration of a product can change or drop anything that belongs to Gatehouse.
 * Changes the metadata of the data source, which is of no other use afterwards.
 * @param ours our entities; empty to compare everything
 */
export async function schemaDifference(
  dataSource: DataSource,
  ours: ReadonlySet<unknown>,
): Promise<SqlInMemory> {
  const extended = new Map<string, EntityMetadata>();
  for (const metadata of dataSource.entityMetadatas) {
    if (!ours.has(metadata.target)) continue;
    const extension = extensionOf(metadata.target);
    if (extension) {
      hideOurMetadata(metadata, extension);
      extended.set(metadata.tableName, metadata);
    } else metadata.synchronize = false;
  }
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (mode) => {
    const runner = createQueryRunner(mode);
    const getTables = runner.getTables.bind(runner);
    runner.getTables = async (names) => {
      const tables = await getTables(names);
      for (const table of tables) {
        const metadata = extended.get(table.name.split('.').at(-1)!);
        if (metadata) hideOurTable(table, metadata, extensionOf(metadata.target)!);
      }
      return tables;
    };
    return runner;
  };
  return dataSource.driver.createSchemaBuilder().log();
}

function hideOurMetadata(metadata: EntityMetadata, extension: Extension): void {
  const isAdded = ({ propertyPath }: ColumnMetadata) =>
    !extension.properties.has(propertyPath.split('.')[0]!);
  const hasOtherName = ({ name }: { name?: string | undefined }) =>
    !extension.names.has(name ?? '');
  extension.columns = new Set(
    metadata.columns.filter((one) => !isAdded(one)).map(({ databaseName }) => databaseName),
  );
  metadata.columns = metadata.columns.filter(isAdded);
  metadata.foreignKeys = metadata.foreignKeys.filter(({ columns }) => columns.some(isAdded));
  metadata.indices = metadata.indices.filter(hasOtherName);
  metadata.uniques = metadata.uniques.filter(hasOtherName);
  metadata.checks = metadata.checks.filter(hasOtherName);
  metadata.exclusions = metadata.exclusions.filter(hasOtherName);
}

/** Leaves what the product declares, and what its columns take part in: it may have been taken out of the code. */
function hideOurTable(table: Table, metadata: EntityMetadata, { columns }: Extension): void {
  const declared = new Set(
    [...metadata.indices, ...metadata.uniques, ...metadata.checks].map(({ name }) => name),
  );
  const isOfProduct = ({ name, columnNames = [] }: { name?: string; columnNames?: string[] }) =>
    declared.has(name ?? '') || columnNames.some((column) => !columns.has(column));
  table.columns = table.columns.filter(({ name }) => !columns.has(name));
  table.indices = table.indices.filter(isOfProduct);
  table.uniques = table.uniques.filter(isOfProduct);
  table.checks = table.checks.filter(isOfProduct);
  table.foreignKeys = table.foreignKeys.filter(isOfProduct);
  table.exclusions = table.exclusions.filter(({ name }) =>
    metadata.exclusions.some((one) => one.name === name),
  );
  if (metadata.comment === undefined) delete table.comment;
  else table.comment = metadata.comment;
}
