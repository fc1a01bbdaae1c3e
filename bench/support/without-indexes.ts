import type pg from 'pg';

interface Definition {
  name: string;
  table: string;
  definition: string;
}

/** Unique constraints that no foreign key leans on. */
const CONSTRAINTS = `
  SELECT c.conname AS name, c.conrelid::regclass::text AS table, pg_get_constraintdef(c.oid) AS definition
  FROM pg_constraint c
  WHERE c.conrelid = ANY($1::regclass[]) AND c.contype IN ('p', 'u')
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)`;

const INDEXES = `
  SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table,
         pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_index i
  WHERE i.indrelid = ANY($1::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)`;

/** Loads tables without their indexes, which are built afterwards: a million rows take seconds then, not minutes. */
export async function withoutIndexes(
  client: pg.Client,
  tables: string[],
  load: () => Promise<unknown>,
): Promise<void> {
  const { rows: constraints } = await client.query<Definition>(CONSTRAINTS, [tables]);
  const { rows: indexes } = await client.query<Definition>(INDEXES, [tables]);
  for (const { name, table } of constraints) {
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT "${name}"`);
  }
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await load();
  for (const { name, table, definition } of constraints) {
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT "${name}" ${definition}`);
  }
  for (const { definition } of indexes) await client.query(definition);
}
