/** The advisory locks that have a number. Every installation of a database has its own, by its schema. */
export const LOCKS = {
  migrations: 0x6a7e_0003,
  signingKeys: 0x6a7e_0004,
  permissions: 0x6a7e_0005,
  superusers: 0x6a7e_0006,
  jobsSchema: 0x6a7e_0007,
  auditSealing: 0x6a7e_0008,
} as const;

/** SQL that waits for a lock, which the transaction then holds until it ends. */
export function lockUntilEnd(name: keyof typeof LOCKS): string {
  return `SELECT pg_advisory_xact_lock(${LOCKS[name]}, hashtext(current_schema()))`;
}
