/**
 * SQL that opens a session. Seven parameters from `$first` on: the values of `SessionsService.valuesToOpen`.
 * @param user the part of the statement whose row holds the `id` of the user; without a row none is opened
 */
export function openSession(first: number, user: string): string {
  const [amr, ip, userAgent, now, authenticatedAt, idleEnd, absoluteEnd] = [
    0, 1, 2, 3, 4, 5, 6,
  ].map((offset) => `$${first + offset}`);
  return `
    INSERT INTO sessions (user_id, amr, ip, user_agent, created_at, last_seen_at, authenticated_at,
                          idle_expires_at, absolute_expires_at)
    SELECT id, ${amr}, ${ip}, ${userAgent}, ${now}, ${now}, ${authenticatedAt}, ${idleEnd}, ${absoluteEnd} FROM ${user}
    RETURNING *`;
}

/** How many parameters `openSession` takes. */
export const OPEN_SESSION_PARAMETERS = 7;
