import type { DatabaseReader } from './database-reader.js';
import { type CheckFinding, found, foundIf } from './finding.js';

interface Powers {
  role: string;
  isSuperuser: boolean;
  mayCreate: boolean;
  /** How many of the tables it, or a role it belongs to, owns. */
  owned: number;
  ownsTrail: boolean;
  maySkipTriggers: boolean;
}

/** What the role of `DATABASE_URL` may do beside reading and writing rows (ASVS 13.2.2). */
export async function checkDatabaseRole({ read }: DatabaseReader): Promise<CheckFinding[]> {
  const [powers] = await read<Powers>(
    `SELECT current_user AS role, rolsuper AS "isSuperuser",
            coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
            (SELECT count(*)::int FROM pg_class
             WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p')
               AND pg_has_role(relowner, 'MEMBER')) AS owned,
            coalesce((SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class
                      WHERE oid = to_regclass('audit_events')), false) AS "ownsTrail",
            has_parameter_privilege('session_replication_role', 'SET') AS "maySkipTriggers"
     FROM pg_roles WHERE rolname = current_user`,
  );
  const { role, isSuperuser, mayCreate, owned, ownsTrail, maySkipTriggers } = powers!;
  // All the rest follows, and is mended together with it.
  if (isSuperuser) return [found('gatehouse.W022', `${role}.`)];
  return [
    ...foundIf(owned > 0, 'gatehouse.W023', `${role} owns ${owned}.`),
    ...foundIf(mayCreate, 'gatehouse.W024', `${role}.`),
    ...foundIf(ownsTrail || maySkipTriggers, 'gatehouse.W025', `${role}.`),
  ];
}
