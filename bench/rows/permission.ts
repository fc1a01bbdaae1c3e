import { addUsers, signIn } from '../support/accounts.js';
import { startGatehouse } from '../support/gatehouse.js';
import { bearer, load } from '../support/load.js';
import { type Postgres, sql } from '../support/postgres.js';
import { against, type Result, row } from '../support/report.js';
import { interleave } from '../support/rounds.js';

const ROLES = 200;
const PERMISSIONS = 1_000;

/** A route that asks for a permission against one that does not, for somebody who has very many. */
export async function permission(postgres: Postgres): Promise<Result> {
  const database = await postgres.createDatabase('permission');
  const gatehouse = await startGatehouse(database);
  await addUsers(database, 1);
  await addCatalogue(database);
  const headers = bearer((await signIn(gatehouse.url, 'user1')).accessToken);
  const speed = async (path: string) =>
    (await load({ url: gatehouse.url + path, headers })).requestsPerSecond;
  const { guarded, permitted } = await interleave({
    guarded: async () => speed('/bench/guarded'),
    permitted: async () => speed('/bench/permitted'),
  });
  await gatehouse.stop();
  const guardedRow = row('guarded route', 'requests/s', guarded);
  const permittedRow = row('the same with @RequirePermissions', 'requests/s', permitted);
  return {
    name: 'permission',
    rows: [guardedRow, against(permittedRow, guardedRow, { atLeast: 0.95 })],
  };
}

/** 200 roles and 1,000 permissions more, all of them of the first user, who so may see users too. */
async function addCatalogue(databaseUrl: string): Promise<void> {
  await sql(
    databaseUrl,
    `INSERT INTO permissions (codename, description)
     SELECT 'bench.action' || n, 'Action ' || n FROM generate_series(1, ${PERMISSIONS}) AS n`,
  );
  await sql(
    databaseUrl,
    `INSERT INTO roles (name) SELECT 'role' || n FROM generate_series(1, ${ROLES}) AS n`,
  );
  await sql(
    databaseUrl,
    `INSERT INTO role_permissions (role_id, permission_codename)
     SELECT r.id, p.codename FROM permissions p
     JOIN roles r ON r.name = 'role' || (1 + abs(hashtext(p.codename)) % ${ROLES})`,
  );
  await sql(
    databaseUrl,
    `INSERT INTO user_roles (user_id, role_id)
     SELECT u.id, r.id FROM users u, roles r WHERE u.username = 'user1' AND r.name <> 'admin'`,
  );
}
