import { once } from 'node:events';
import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { load } from '../support/load.js';
import type { Postgres } from '../support/postgres.js';
import { spawnNode } from '../support/process.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

const SECONDS = 5;
const AT_ONCE = 16;
const SIGN_INS_AT_ONCE = 4;

/** Rotations of refresh tokens against a transaction by hand that does to the database what they do. */
export async function refresh(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('refresh');
  const gatehouse = await startGatehouse(database, { BCRYPT_COST: '10' });
  await addUsers(database, AT_ONCE, 10);
  const { raw, rotated } = await interleave({
    raw: async () => {
      const child = spawnNode(['dist/bench/raw/rotations.js', database, `${SECONDS}`]);
      const [rate] = (await once(child, 'message')) as [number];
      return rate;
    },
    rotated: async () => {
      const tokens = await refreshTokens(gatehouse.url);
      return (await load(rotations(gatehouse.url, tokens))).requestsPerSecond;
    },
  });
  await gatehouse.stop();
  const rawRow = row('one transaction by hand', 'a second', raw);
  const refreshRow = row('POST /api/auth/refresh', 'a second', rotated);
  return { name: 'refresh', rows: [rawRow, against(refreshRow, rawRow, { atLeast: 0.6 })] };
}

async function refreshTokens(url: string): Promise<string[]> {
  const tokens: string[] = [];
  while (tokens.length < AT_ONCE) {
    const signedIn = Array.from({ length: SIGN_INS_AT_ONCE }, async (_, index) =>
      signIn(url, `user${tokens.length + index + 1}`),
    );
    tokens.push(...(await Promise.all(signedIn)).map(({ refreshToken }) => refreshToken));
  }
  return tokens;
}

/** Each token is exchanged by one request at a time, and its successor by a later one. */
export function rotations(url: string, tokens: string[]) {
  return {
    url: `${url}/api/auth/refresh`,
    connections: tokens.length,
    duration: SECONDS,
    requests: [
      {
        method: 'POST' as const,
        headers: { 'content-type': 'application/json' },
        setupRequest: (request: object) => ({
          ...request,
          body: JSON.stringify({ refreshToken: tokens.shift() }),
        }),
        onResponse: (_status: number, body: string) => {
          tokens.push((JSON.parse(body) as { refreshToken: string }).refreshToken);
        },
      },
    ],
  };
}
