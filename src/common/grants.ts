/** What a user has been given. Both sorted. */
export interface Grants {
  /** Names of roles. */
  readonly roles: readonly string[];
  /** Codenames: those of the roles and those granted directly; all, for a superuser. */
  readonly permissions: readonly string[];
}
