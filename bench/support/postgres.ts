import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

/** A PostgreSQL of the bench's own, with the settings it ships with: what is committed is on the disk. */
export interface Postgres {
  version: string;
  /** Makes an empty database and returns its URL. */
  createDatabase: (name: string) => Promise<string>;
  stop: () => Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  // The user that PostgreSQL runs as has to pass through.
  await chmod(folder, 0o711);
  const server = await EmbeddedPostgres.open(folder, true);
  const { rows } = await sql<{ server_version: string }>(server.url, 'SHOW server_version');
  return {
    version: rows[0]!.server_version,
    async createDatabase(name) {
      await sql(server.url, `CREATE DATABASE ${name}`);
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    },
    async stop() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs statements on a connection of their own. */
export async function sql<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values?: unknown[],
): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query<Row>(text, values);
  } finally {
    await client.end();
  }
}
