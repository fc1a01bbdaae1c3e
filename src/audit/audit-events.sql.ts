/** How many parameters `addEvent` takes, where it is told of a session by another part of the statement. */
export const EVENT_PARAMETERS = 11;

/**
 * SQL that adds an event. Parameters from `$first` on: the values of `AuditService.prepare`. Returns its `id`.
 * @param session the part of the statement whose row holds the `id` of the session, if it is not the last of the
 * values; without a row nothing is added
 */
export function addEvent(first: number, session?: string): string {
  const parameters = Array.from({ length: EVENT_PARAMETERS }, (_, index) => `$${first + index}`);
  const sessionId = session === undefined ? `$${first + EVENT_PARAMETERS}` : `${session}.id`;
  return `
    INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id, ip, request_id,
                              reason, changes, user_agent, session_id)
    SELECT ${parameters.join(', ')}, ${sessionId} ${session === undefined ? '' : `FROM ${session}`}
    RETURNING id`;
}
