/**
 * Who is calling: one user within one session, as the guards resolved them for this request.
 * Times are ISO 8601 strings in UTC. `amr` names the methods of authentication (RFC 8176).
 */
export interface Principal {
  readonly userId: string;
  /** What names the account: its username, or its address in an application without usernames. */
  readonly username: string;
  /** Names of roles, sorted. */
  readonly roles: readonly string[];
  /** Codenames, sorted: those of the roles and those granted directly; all, for a superuser. */
  readonly permissions: readonly string[];
  readonly isSuperuser: boolean;
  readonly sessionId: string;
  readonly authenticatedAt: string;
  readonly amr: readonly string[];
  /** When this session ends unless it is refreshed: the earlier of its idle and absolute expiry. */
  readonly expiresAt: string;
}

/** What a user has been given. */
export type Grants = Pick<Principal, 'roles' | 'permissions'>;

const permissionSets = new WeakMap<Principal, ReadonlySet<string>>();

/** Whether a caller holds a permission. A superuser holds all, also ones that no catalogue knows. */
export function holds(principal: Principal, codename: string): boolean {
  if (principal.isSuperuser) return true;
  let permissions = permissionSets.get(principal);
  if (!permissions) {
    permissions = new Set(principal.permissions);
    permissionSets.set(principal, permissions);
  }
  return permissions.has(codename);
}
