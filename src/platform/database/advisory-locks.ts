// All advisory locks. A number never changes: instances of two versions may run at once. Each installation of a
// database has locks of its own, by its schema.

/** Locks on what one process does at a time. */
export const LOCKS = {
  migrations: 0x6a7e_0003,
  signingKeys: 0x6a7e_0004,
  permissions: 0x6a7e_0005,
  superusers: 0x6a7e_0006,
  jobsSchema: 0x6a7e_0007,
  auditSealing: 0x6a7e_0008,
} as const;

/** Locks on one thing of many, which a text names: the seeds of its hash. 0 is that of workers of earlier versions. */
export const LOCKS_BY_TEXT = { address: 1, identity: 2, job: 3 } as const;

/** Locks on the embedded server, whose only user is the data folder that it belongs to. */
export const EMBEDDED_LOCKS = {
  /** The first half of their numbers. */
  server: 0x6a7e,
  /** Shared by all processes that use the server. The last one takes it alone, and stops the server. */
  inUse: 1,
  /** The one application that serves from the data folder. */
  serving: 2,
  /** Held while the database is made that tests copy. */
  testTemplate: 3,
} as const;

/** SQL that waits for a lock, which the transaction then holds until it ends. */
export function lockUntilEnd(name: keyof typeof LOCKS): string {
  return `SELECT pg_advisory_xact_lock(${LOCKS[name]}, hashtext(current_schema()))`;
}

/**
 * SQL for the number of a lock that a text names.
 * @param text as SQL writes it: a parameter, or an escaped literal
 */
export function lockOfText(name: keyof typeof LOCKS_BY_TEXT, text: string): string {
  return `hashtextextended(current_schema() || ${text}, ${LOCKS_BY_TEXT[name]})`;
}
