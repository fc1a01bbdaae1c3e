import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer } from '../support/load.js';
import type { Postgres } from '../support/postgres.js';
import { startServer } from '../support/process.js';
import { against, type Result, row } from '../support/report.js';
import { requests } from '../support/requests.js';
import { interleave } from '../support/rounds.js';

/** More than elsewhere, because one that was disturbed little is needed. */
const ROUNDS = 5;

/**
 * A public and a guarded request against an empty Nest application and the documentation's recipe. Compares what a
 * second of the server's processor time answers: the client, on the same cores, is slower than the empty application.
 */
export async function guard(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('guard');
  const gatehouse = await startGatehouse(database);
  const empty = await startServer(['dist/bench/empty/main.js'], '/', {});
  const recipe = await startServer(['dist/bench/recipe/main.js'], '/ready', {});
  await addUsers(database, 1);
  const guarded = { headers: bearer((await signIn(gatehouse.url, 'user1')).accessToken) };
  const documented = { headers: bearer(await signInToRecipe(recipe.url)) };
  const speeds = new Map<string, number>();
  const answersOf = async (...[server, path, options]: [typeof empty, string, object?]) => {
    const { effort, perSecond } = await requests([server], path, options);
    speeds.set(path, Math.round(perSecond));
    return 1e6 / effort;
  };
  const compared = {
    empty: async () => answersOf(empty, '/'),
    documented: async () => answersOf(recipe, '/profile', documented),
    bare: async () => answersOf(gatehouse, '/health/live'),
    guarded: async () => answersOf(gatehouse, '/api/auth/session', guarded),
  };
  const measured = await interleave(compared, ROUNDS);
  await Promise.all([gatehouse, empty, recipe].map(async (server) => server.stop()));
  // The best round: load from elsewhere can only add processor time.
  const rowOf = (what: string, name: keyof typeof compared) => {
    const { rounds } = measured[name];
    return row(`${what}, best round`, 'requests/CPU s', { median: Math.max(...rounds), rounds });
  };
  const emptyRow = rowOf('empty Nest application on Fastify', 'empty');
  const recipeRow = rowOf('recipe of the Nest documentation', 'documented');
  const guardRow = rowOf('GET /api/auth/session', 'guarded');
  return {
    name: 'guard',
    rows: [
      emptyRow,
      recipeRow,
      against(rowOf('GET /health/live, public', 'bare'), emptyRow, { atLeast: 0.45 }),
      against(guardRow, emptyRow, { atLeast: 0.38 }),
      against(guardRow, recipeRow, { atLeast: 13 }),
    ],
    notes: [
      `By the clock, with the client on the same cores, in the last round: ${[...speeds].map(([path, speed]) => `${path} ${speed.toLocaleString('en')}/s`).join(', ')}.`,
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
