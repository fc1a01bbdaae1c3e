import { addUsers } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { load } from '../support/load.js';
import { signInByPage } from '../support/page-session.js';
import type { Postgres } from '../support/postgres.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

/** The profile, whose owner is signed in and which reads the database, against public pages of its size that show only text. */
export async function page(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('page');
  const gatehouse = await startGatehouse(database);
  await addUsers(database, 1);
  const headers = { cookie: await signInByPage(gatehouse.url, 'user1') };
  const size = async (path: string) =>
    (await (await fetch(gatehouse.url + path, { headers })).text()).length;
  const profileSize = await size('/accounts/profile');
  const frameSize = await size('/bench/page/0');
  const speed = async (path: string, sent: Record<string, string> = {}) =>
    (await load({ url: gatehouse.url + path, headers: sent })).requestsPerSecond;
  const { text, bare, profile } = await interleave({
    text: async () => speed(`/bench/html/${profileSize}`),
    bare: async () => speed(`/bench/page/${profileSize - frameSize}`),
    profile: async () => speed('/accounts/profile', headers),
  });
  await gatehouse.stop();
  const textRow = row('HTML from memory', 'requests/s', text);
  const bareRow = row('bare page in the same layout', 'requests/s', bare);
  const profileRow = row('GET /accounts/profile', 'requests/s', profile);
  return {
    name: 'page',
    rows: [textRow, bareRow, against(profileRow, bareRow, { atLeast: 0.15 })],
    notes: [`All of ${profileSize} bytes, within a few.`],
  };
}
