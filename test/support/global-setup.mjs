// One PostgreSQL server for the whole run, on a data folder of its own, with a migrated template that
// every test file copies its database from. It runs outside Jest's sandbox, on what `npm run build` made.
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { loadConfig } from '../../dist/src/platform/config/load-config.js';
import { Declarations } from '../../dist/src/common/declarations.js';
import { createDataSource } from '../../dist/src/platform/database/data-source.js';
import { migrate } from '../../dist/src/platform/database/migrate.js';
import { migrateJobs } from '../../dist/src/platform/jobs/jobs-schema.js';
import { EmbeddedPostgres } from '../../dist/src/platform/database/embedded/embedded-postgres.js';

export const TEMPLATE = 'gatehouse_template';

export default async function globalSetup() {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  // The user that PostgreSQL runs as has to pass through.
  await chmod(dataDir, 0o711);
  const server = await EmbeddedPostgres.open(dataDir, true);
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  // What is lost with the machine is only a test run.
  await admin.query('ALTER SYSTEM SET fsync = off');
  await admin.query('ALTER SYSTEM SET synchronous_commit = off');
  await admin.query('ALTER SYSTEM SET full_page_writes = off');
  await admin.query('SELECT pg_reload_conf()');
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();

  const template = new URL(server.url);
  template.pathname = `/${TEMPLATE}`;
  const config = loadConfig({ NODE_ENV: 'test', DATABASE_URL: template.href, DATA_DIR: dataDir });
  const dataSource = await createDataSource(config, new Declarations(), false);
  await dataSource.initialize();
  Logger.overrideLogger(false);
  await migrate(dataSource, () => undefined);
  await migrateJobs(dataSource);
  await dataSource.destroy();

  process.env.TEST_DATABASE_URL = server.url;
  globalThis.testServer = { server, dataDir };
}
