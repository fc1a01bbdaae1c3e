import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer, load } from '../support/load.js';
import type { Postgres } from '../support/postgres.js';
import { startProgram } from '../support/process.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

/** A guarded request against a public one of the same application, and against the documentation's recipe. */
export async function guard(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('guard');
  const gatehouse = await startGatehouse(database);
  const recipe = await startProgram('bench/recipe/main.js', '/ready', {});
  await addUsers(database, 1);
  const { accessToken } = await signIn(gatehouse.url, 'user1');
  const recipeToken = await signInToRecipe(recipe.url);
  const { bare, guarded, documented } = await interleave({
    bare: async () => speed(`${gatehouse.url}/bench/bare`, accessToken),
    guarded: async () => speed(`${gatehouse.url}/api/auth/session`, accessToken),
    documented: async () => speed(`${recipe.url}/profile`, recipeToken),
  });
  await Promise.all([gatehouse.stop(), recipe.stop()]);
  const bareRow = row('bare public route', 'requests/s', bare);
  const recipeRow = row('recipe of the Nest documentation', 'requests/s', documented);
  const guardRow = row('GET /api/auth/session', 'requests/s', guarded);
  return {
    name: 'guard',
    rows: [
      bareRow,
      recipeRow,
      against(guardRow, bareRow, { atLeast: 0.65 }),
      against(guardRow, recipeRow, { atLeast: 20 }),
    ],
  };
}

async function signInToRecipe(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'john', password: 'changeme' }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function speed(url: string, token: string): Promise<number> {
  return (await load({ url, headers: bearer(token) })).requestsPerSecond;
}
