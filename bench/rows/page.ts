import { addUsers } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { load } from '../support/load.js';
import { signInByPage } from '../support/page-session.js';
import type { Postgres } from '../support/postgres.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

/** The profile of a signed-in user, which reads the database, against the start page of a visitor, which reads nothing. */
export async function page(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('page');
  const gatehouse = await startGatehouse(database);
  await addUsers(database, 1);
  const headers = { cookie: await signInByPage(gatehouse.url, 'user1') };
  const speed = async (path: string, sent: Record<string, string> = {}) =>
    (await load({ url: gatehouse.url + path, headers: sent })).requestsPerSecond;
  const { bare, profile } = await interleave({
    bare: async () => speed('/'),
    profile: async () => speed('/accounts/profile', headers),
  });
  await gatehouse.stop();
  const bareRow = row('GET /', 'requests/s', bare);
  const profileRow = row('GET /accounts/profile', 'requests/s', profile);
  return {
    name: 'page',
    rows: [bareRow, against(profileRow, bareRow, { atLeast: 0.15 })],
  };
}
