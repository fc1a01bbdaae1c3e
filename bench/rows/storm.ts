import { setTimeout as sleep } from 'node:timers/promises';
import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer, load } from '../support/load.js';
import type { Postgres } from '../support/postgres.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';
import { PEOPLE, signIns } from './login.js';

const SECONDS = 10;
/** A rate at which nothing but the sign-ins makes anybody wait. */
const GUARDED_PER_SECOND = 500;
/**
 * Many times what is hashed at once. Those of one round are still waiting when the next one begins, and both
 * together are let wait.
 */
const WAITING = 32;

/** How long guarded requests take while more people sign in than can be hashed, against when nobody does. */
export async function storm(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('storm');
  const gatehouse = await startGatehouse(database);
  await addUsers(database, PEOPLE);
  const headers = bearer((await signIn(gatehouse.url, 'user1')).accessToken);
  const guarded = async () =>
    load({
      url: `${gatehouse.url}/api/auth/session`,
      headers,
      duration: SECONDS,
      connections: 10,
      overallRate: GUARDED_PER_SECOND,
    });
  const { rest, inStorm } = await interleave({
    rest: async () => (await guarded()).p99,
    inStorm: async () => {
      const signingIn = load({ ...signIns(gatehouse.url, WAITING), duration: SECONDS + 2 });
      await sleep(1_000);
      const { p99 } = await guarded();
      await signingIn;
      return p99;
    },
  });
  await gatehouse.stop();
  const restRow = row('99th percentile at rest', 'ms', rest);
  const stormRow = row('the same while sign-ins saturate the hashes', 'ms', inStorm);
  return {
    name: 'storm',
    rows: [restRow, against(stormRow, restRow, { atMost: 3 })],
    notes: [`${GUARDED_PER_SECOND} guarded requests a second, none failed; nor did a sign-in.`],
  };
}
