import { networkOf } from '../../src/http/client-ip.js';
import { deriveKey, mac } from '../../src/common/crypto.js';
import { RefreshTokens } from '../../src/auth/refresh-tokens.js';
import type { AppConfig } from '../../src/platform/config/app-config.js';
import { PASSWORD, signIn, type Tokens } from './accounts.js';
import { APP_SECRET, startGatehouse } from './gatehouse.js';
import { bearer } from './load.js';
import { populate } from './population.js';
import { type Postgres, sql } from './postgres.js';
import type { ServerProcess } from './process.js';
import { Turns } from './turns.js';

/** So cheap that the database is what takes the time. */
export const HASH_COST = 4;
/** So many people and sessions take part that most are asked for once, and no page of a table is always at hand. */
const TAKE_PART = 20_000;
/** How many sessions send guarded requests. */
export const GUARDED = 1_000;
const AT_ONCE = 16;

/** An application whose database people have used for a month. */
export interface Place extends ServerProcess {
  database: string;
  /** Who takes part, from all over the table. */
  people: Turns<Person>;
  /** Refresh tokens of sessions from all over the table. Who uses one puts its successor at the end. */
  refreshTokens: string[];
  /** Headers of sessions from all over the table. */
  sessions: Turns<Record<string, string>>;
  /** Headers of a superuser. */
  boss: Record<string, string>;
}

interface Person {
  username: string;
  email: string;
  /** What signs them in. */
  body: string;
}

/** Makes a database, has the application migrate it, and fills it with so many people. */
export async function openPlace(postgres: Postgres, name: string, users: number): Promise<Place> {
  const database = await postgres.createDatabase(name);
  const first = await startGatehouse(database);
  await first.stop();
  // As KnownNetworksService names it.
  const network = mac(deriveKey(APP_SECRET, 'known-networks'), networkOf('127.0.0.1'));
  await populate(database, { users, cost: HASH_COST, network });
  return enterPlace(database);
}

/** Starts an application where people have been before. */
export async function enterPlace(database: string): Promise<Place> {
  const server = await startGatehouse(database, {
    NODE_ENV: 'test',
    BCRYPT_COST: `${HASH_COST}`,
    // Longer than the benchmark.
    ACCESS_TOKEN_TTL: '1h',
    REQUEST_LOG: 'on',
  });
  const people = await peopleOf(database);
  const refreshTokens = await refreshTokensOf(database);
  const boss = people.take().username;
  await sql(database, 'UPDATE users SET is_superuser = true WHERE username = $1', [boss]);
  return {
    ...server,
    database,
    people,
    sessions: new Turns(await headersOf(server.url, refreshTokens)),
    refreshTokens,
    boss: bearer((await signIn(server.url, boss)).accessToken),
  };
}

async function peopleOf(database: string): Promise<Turns<Person>> {
  const { rows } = await sql<{ username: string; email: string }>(
    database,
    `SELECT username, email FROM ${sampleOf('users')}`,
  );
  return new Turns(
    rows.map(({ username, email }) => ({
      username,
      email,
      body: JSON.stringify({ username, password: PASSWORD }),
    })),
  );
}

/** As the application gave them to those who signed in. */
async function refreshTokensOf(database: string): Promise<string[]> {
  const { rows } = await sql<{ sessionId: string; counter: number }>(
    database,
    `SELECT id AS "sessionId", refresh_counter AS counter FROM ${sampleOf('sessions')}`,
  );
  const tokens = new RefreshTokens({ appSecret: APP_SECRET } as AppConfig);
  return rows.map((claim) => tokens.refreshTokenOf(claim));
}

/** Rows from all over a table, in an order that has nothing to do with where they are. */
function sampleOf(table: string): string {
  const share = `(SELECT least(100, 200.0 * ${TAKE_PART} / reltuples) FROM pg_class WHERE oid = '${table}'::regclass)`;
  return `(SELECT * FROM ${table} TABLESAMPLE BERNOULLI (${share}) ORDER BY random() LIMIT ${TAKE_PART}) AS sample`;
}

/** Has sessions refreshed for their access tokens. */
async function headersOf(url: string, tokens: string[]): Promise<Record<string, string>[]> {
  const headers: Record<string, string>[] = [];
  const work = Array.from({ length: AT_ONCE }, async () => {
    while (headers.length < GUARDED) {
      const { accessToken, refreshToken } = await refreshed(url, tokens.shift()!);
      headers.push(bearer(accessToken));
      tokens.push(refreshToken);
    }
  });
  await Promise.all(work);
  return headers;
}

async function refreshed(url: string, refreshToken: string): Promise<Tokens> {
  const response = await fetch(`${url}/api/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
  });
  if (!response.ok) throw new Error(`a session could not be refreshed: ${response.status}`);
  return (await response.json()) as Tokens;
}
