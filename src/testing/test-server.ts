import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import pg from 'pg';
import type { Declarations } from '../common/declarations.js';
import { VERSION } from '../common/version.js';
import { loadConfig } from '../platform/config/load-config.js';
import { EMBEDDED_LOCKS } from '../platform/database/advisory-locks.js';
import { EmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';
import { openDatabase } from '../platform/database/open-database.js';
import { migrateJobs } from '../platform/jobs/jobs-schema.js';
import { TEST_SECRET } from './test-variables.js';
import { copyDatabase, dropLeftDatabases, type TestDatabase } from './test-database.js';

/** Where the embedded server of tests keeps its data. The next run finds its migrated database there. */
const DATA_DIR = 'node_modules/.cache/gatehouse-test';
const TEMPLATE_PREFIX = 'gatehouse_template_';

/**
 * Makes a migrated database on the server of `TEST_DATABASE_URL`, or on an embedded PostgreSQL that all test processes of
 * this folder share. Migrations run once: the database is a copy. `close()` drops it, and the last one to close stops the
 * embedded server.
 */
export async function createTestDatabase(declarations: Declarations): Promise<TestDatabase> {
  const server = await openTestServer();
  try {
    const database = await copyMigrated(server.url, declarations);
    return {
      ...database,
      async close() {
        await database.close();
        await server.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function openTestServer(): Promise<{ url: string; close: () => Promise<void> }> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { url, close: () => Promise.resolve() };
  await mkdir(DATA_DIR, { recursive: true });
  const server = await EmbeddedPostgres.open(resolve(DATA_DIR), false);
  // What is lost with the machine is only a test run.
  await withClient(server.url, async (client) => {
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      await client.query(`ALTER SYSTEM SET ${name} = off`);
    }
    await client.query('SELECT pg_reload_conf()');
  });
  return server;
}

/**
 * Copies the database with the current schema, which is made if there is none. One process at a time: another one, of
 * another product, drops what it does not know.
 */
async function copyMigrated(server: string, declarations: Declarations): Promise<TestDatabase> {
  const template = TEMPLATE_PREFIX + (await fingerprintOf(declarations));
  return withClient(server, async (client) => {
    // Its connection ends with it, and frees it.
    await client.query('SELECT pg_advisory_lock($1, $2)', [
      EMBEDDED_LOCKS.server,
      EMBEDDED_LOCKS.testTemplate,
    ]);
    if ((await databasesLike(client, template)).length === 0) {
      await makeTemplate(server, client, template, declarations);
    }
    return copyDatabase(new URL(server), template, declarations.schema);
  });
}

async function makeTemplate(
  server: string,
  client: pg.Client,
  name: string,
  declarations: Declarations,
): Promise<void> {
  for (const old of await databasesLike(client, `${TEMPLATE_PREFIX}%`)) {
    await client.query(`DROP DATABASE IF EXISTS ${old} WITH (FORCE)`);
  }
  await dropLeftDatabases(client);
  const unfinished = `${TEMPLATE_PREFIX}unfinished`;
  await client.query(`CREATE DATABASE ${unfinished}`);
  const url = new URL(server);
  url.pathname = `/${unfinished}`;
  await migrateDatabase(url.href, declarations);
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
}

async function migrateDatabase(url: string, declarations: Declarations): Promise<void> {
  const config = loadConfig({ NODE_ENV: 'test', DATABASE_URL: url, APP_SECRET: TEST_SECRET });
  const options = { exclusive: false, schema: 'migrate' } as const;
  const dataSource = await openDatabase(config, declarations, options);
  try {
    await migrateJobs(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** Of everything that the schema is made of. */
async function fingerprintOf(declarations: Declarations): Promise<string> {
  const hash = createHash('sha256').update(VERSION + (declarations.schema ?? ''));
  for (const { value, file, isOfProduct } of await declarations.exportsOf('migration')) {
    hash.update(isOfProduct ? await readFile(resolve(file)) : String(value));
  }
  return hash.digest('hex').slice(0, 16);
}

async function databasesLike(client: pg.Client, pattern: string): Promise<string[]> {
  const text = 'SELECT datname AS name FROM pg_database WHERE datname LIKE $1';
  const { rows } = await client.query<{ name: string }>(text, [pattern]);
  return rows.map(({ name }) => name);
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
