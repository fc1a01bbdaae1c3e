import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer } from '../support/load.js';
import type { Postgres } from '../support/postgres.js';
import { alone, type Result } from '../support/report.js';
import { median, percentile } from '../support/statistics.js';

const TIMES = 200;
const SIGN_INS_AT_ONCE = 4;

/** How long after a sign-out on one instance another one refuses the token, from when it was asked for. */
export async function revoke(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('revoke');
  const first = await startGatehouse(database, { BCRYPT_COST: '10' });
  const second = await startGatehouse(database, { BCRYPT_COST: '10' });
  await addUsers(database, 1, 10);
  const tokens: string[] = [];
  while (tokens.length < TIMES) {
    const signedIn = Array.from({ length: SIGN_INS_AT_ONCE }, async () =>
      signIn(first.url, 'user1'),
    );
    tokens.push(...(await Promise.all(signedIn)).map(({ accessToken }) => accessToken));
  }
  const times: number[] = [];
  for (const token of tokens) times.push(await untilRefused(first.url, second.url, token));
  await Promise.all([first.stop(), second.stop()]);
  const slowest = { what: '99th percentile', unit: 'ms', value: percentile(times, 0.99) };
  return {
    name: 'revoke',
    rows: [
      { what: 'median', unit: 'ms', value: median(times) },
      alone(slowest, { atMost: 25 }),
      { what: 'slowest', unit: 'ms', value: Math.max(...times) },
    ],
    notes: [`${TIMES} sign-outs, timed from before the request to sign out was sent.`],
  };
}

async function untilRefused(here: string, elsewhere: string, token: string): Promise<number> {
  const headers = bearer(token);
  const isRefused = async () => {
    const { status } = await fetch(`${elsewhere}/api/auth/session`, { headers });
    return status === 401;
  };
  if (await isRefused()) throw new Error('the token never counted');
  const begun = performance.now();
  const signOut = fetch(`${here}/api/auth/logout`, { method: 'POST', headers });
  while (!(await isRefused()));
  const time = performance.now() - begun;
  if ((await signOut).status !== 204) throw new Error('the sign-out failed');
  return time;
}
