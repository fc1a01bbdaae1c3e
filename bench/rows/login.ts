import { once } from 'node:events';
import { addUsers, PASSWORD } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { load } from '../support/load.js';
import type { Postgres } from '../support/postgres.js';
import { spawnNode } from '../support/process.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

const SECONDS = 15;
export const PEOPLE = 64;

/** Whole sign-ins, from the request to the tokens, against nothing but comparing passwords. */
export async function login(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('login');
  const gatehouse = await startGatehouse(database);
  await addUsers(database, PEOPLE);
  const { raw, complete } = await interleave({
    raw: async () => compareOnly(),
    complete: async () =>
      (await load({ ...signIns(gatehouse.url), duration: SECONDS })).requestsPerSecond,
  });
  await gatehouse.stop();
  const rawRow = row('bcrypt.compare alone', 'a second', raw);
  const loginRow = row('POST /api/auth/login', 'a second', complete);
  return { name: 'login', rows: [rawRow, against(loginRow, rawRow, { atLeast: 0.93 })] };
}

/** More sign-ins at once than are hashed at once, by different people. */
export function signIns(url: string, connections = 8) {
  let next = 0;
  return {
    url: `${url}/api/auth/login`,
    connections,
    timeout: 60,
    requests: [
      {
        method: 'POST' as const,
        headers: { 'content-type': 'application/json' },
        setupRequest: (request: object) => ({
          ...request,
          body: JSON.stringify({ username: `user${1 + (next++ % PEOPLE)}`, password: PASSWORD }),
        }),
      },
    ],
  };
}

async function compareOnly(): Promise<number> {
  const child = spawnNode(['dist/bench/raw/bcrypt.js', `${SECONDS}`]);
  const [rate] = (await once(child, 'message')) as [number];
  return rate;
}
