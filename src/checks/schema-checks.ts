import type { Declarations } from '../common/declarations.js';
import { readMigrationState } from '../platform/database/migration-state.js';
import { type Registrations, accessProblems } from '../permissions/access-problems.js';
import { PermissionCatalogue } from '../permissions/permission-catalogue.js';
import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, found, foundIf } from './finding.js';

const NOT_LOOKED_AT = 'What depends on them was not looked at.';

/** The migrations of the code against those of the database. @param database undefined: there is none yet */
export async function checkMigrations(
  database: DatabaseReader | undefined,
): Promise<CheckFinding[]> {
  if (!database) return [found('gatehouse.W001', `there is no database yet. ${NOT_LOOKED_AT}`)];
  const { pending, unknown } = await readMigrationState(database.migrationSets, database.read);
  const names = pending.map(({ name }) => name).join(', ');
  return [
    ...foundIf(pending.length > 0, 'gatehouse.W001', `${names}. ${NOT_LOOKED_AT}`),
    ...foundIf(unknown.length > 0, 'gatehouse.W002', `${unknown.join(', ')}.`),
  ];
}

/** The roles and permissions that the code relies on, and what it decides by them. */
export async function checkAccess(
  { read }: DatabaseReader,
  declarations: Declarations,
  registrations: Registrations,
): Promise<CheckFinding[]> {
  const catalogue = await PermissionCatalogue.load(declarations);
  const roles = await read<{ name: string }>('SELECT name FROM roles');
  const stored = await read<{ codename: string; isOfAdmin: boolean }>(
    `SELECT p.codename, EXISTS (
       SELECT FROM role_permissions rp JOIN roles r ON r.id = rp.role_id
       WHERE r.name = 'admin' AND rp.permission_codename = p.codename) AS "isOfAdmin"
     FROM permissions p ORDER BY p.codename`,
  );
  const complete = new Set(stored.flatMap((one) => (one.isOfAdmin ? [one.codename] : [])));
  const vanished = stored.map(({ codename }) => codename).filter((one) => !catalogue.has(one));
  const missing = catalogue.codenames.filter((codename) => !complete.has(codename));
  const names = new Set(roles.map(({ name }) => name));
  return [
    ...accessProblems(registrations, catalogue, names).map((problem) =>
      found('gatehouse.E003', `${problem}.`),
    ),
    ...foundIf(vanished.length > 0, 'gatehouse.W003', `${vanished.join(', ')}.`),
    ...foundIf(missing.length > 0, 'gatehouse.W004', `${missing.join(', ')}.`),
  ];
}
