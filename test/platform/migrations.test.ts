import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GatehouseDataSource } from '../../src/platform/database/data-source.js';
import { testVariables } from '../support/app.js';
import { built } from '../support/built.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const { loadConfig } = await built<typeof import('../../src/platform/config/load-config.js')>(
  'src/platform/config/load-config.js',
);
const { Declarations } = await built<typeof import('../../src/common/declarations.js')>(
  'src/common/declarations.js',
);
const { createDataSource } = await built<
  typeof import('../../src/platform/database/data-source.js')
>('src/platform/database/data-source.js');
const { Logger } = await built<typeof import('@nestjs/common')>('@nestjs/common');
const { migrate, revertLatest } = await built<
  typeof import('../../src/platform/database/migrate.js')
>('src/platform/database/migrate.js');

// Without what belongs to an extension: others may use it, so it stays.
const SCHEMA = `
  SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
         || ' ' || coalesce(column_default, '') AS line
  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'gatehouse_migrations'
  UNION ALL SELECT 'index ' || indexdef FROM pg_indexes
  WHERE schemaname = 'public' AND tablename <> 'gatehouse_migrations'
  UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'gatehouse_migrations'
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'function ' || pg_get_functiondef(oid)
  FROM pg_proc AS p WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
  ORDER BY line`;

describe('migrations', () => {
  let database: TestDatabase;
  let dataSource: GatehouseDataSource;
  beforeAll(async () => {
    database = await createDatabase('template0');
    dataSource = await createDataSource(
      loadConfig(testVariables(database.url)),
      new Declarations(),
      false,
    );
    Logger.overrideLogger(false);
    await dataSource.initialize();
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.close();
  });

  const up = () => migrate(dataSource, () => undefined);
  const down = () => revertLatest(dataSource, { isOfProduct: false }, () => undefined);
  const schema = () => database.sql<{ line: string }>(SCHEMA);

  it('go up, down to nothing, and up to the same again', async () => {
    await up();
    const first = await schema();
    expect(first.length).toBeGreaterThan(30);
    while ((await down()) !== undefined);
    expect(await schema()).toEqual([]);
    await up();
    expect(await schema()).toEqual(first);
  });

  it('keep accounts whose usernames look the same: the oldest is protected, all sign in as before', async () => {
    const undone: string[] = [];
    while (!undone.at(-1)?.startsWith('LookAlikes')) {
      undone.push((await down())!);
    }
    const names = ['Paul', 'pau1', 'r\u043Eot', 'root', '\u3164', 'ann'];
    for (const [minutes, name] of names.entries()) {
      await database.sql(
        `INSERT INTO users (username, username_key, email, email_key, password_hash, created_at)
         VALUES ($1::text, $1::text, '', '', '!', now() + make_interval(mins => $2))`,
        [name, minutes],
      );
    }
    await up();
    const held = await database.sql<{ username: string }>(
      `SELECT username FROM username_skeletons JOIN users ON users.id = user_id ORDER BY created_at`,
    );
    expect(held.map(({ username }) => username)).toEqual(['Paul', 'r\u043Eot', '\u3164', 'ann']);
    const left = await database.sql<{ count: number }>('SELECT count(*)::int AS count FROM users');
    expect(left[0]!.count).toBe(names.length);
    await database.sql('DELETE FROM users');
    expect(await database.sql('SELECT FROM username_skeletons')).toEqual([]);
  });

  it('make what the entities say, no more and no less', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    expect(dataSource.entityMetadatas.map(({ tableName }) => tableName).toSorted()).toEqual(
      (
        await database.sql<{ name: string }>(
          `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'gatehouse_migrations' ORDER BY 1`,
        )
      ).map(({ name }) => name),
    );
  });
});
