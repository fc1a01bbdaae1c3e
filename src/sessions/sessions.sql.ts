import sql, { type Sql } from 'sql-template-tag';
import type { Session } from './session.entity.js';

/** A session that is about to be opened. */
export type NewSession = Pick<
  Session,
  | 'amr'
  | 'ip'
  | 'userAgent'
  | 'createdAt'
  | 'authenticatedAt'
  | 'idleExpiresAt'
  | 'absoluteExpiresAt'
>;

/**
 * SQL that opens a session.
 * @param user the part of the statement whose row holds the `id` of the user; without a row none is opened
 */
export function openSession(user: Sql, session: NewSession): Sql {
  const { amr, ip, userAgent, createdAt, authenticatedAt } = session;
  return sql`
    INSERT INTO sessions (user_id, amr, ip, user_agent, created_at, last_seen_at, authenticated_at,
                          idle_expires_at, absolute_expires_at)
    SELECT id, ${amr}, ${ip}, ${userAgent}, ${createdAt}, ${createdAt}, ${authenticatedAt},
           ${session.idleExpiresAt}, ${session.absoluteExpiresAt}
    FROM ${user}
    RETURNING *`;
}
