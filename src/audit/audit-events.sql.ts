import sql, { type Sql } from 'sql-template-tag';
import type { AuditEvent } from './audit-event.entity.js';

/** An event that is about to be added. */
export interface PreparedEvent {
  /** What the log records as well. */
  event: Omit<AuditEvent, 'id' | 'sessionId' | 'userAgent'>;
  userAgent: string | null;
  sessionId: string | null;
}

/**
 * SQL that adds an event. Returns its `id`.
 * @param session the part of the statement whose row holds the `id` of its session; without a row nothing is added
 */
export function addEvent({ event, userAgent, sessionId }: PreparedEvent, session?: Sql): Sql {
  const { occurredAt, action, origin, actorId, subjectType, subjectId } = event;
  return sql`
    INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id, ip, request_id,
                              reason, changes, user_agent, session_id)
    SELECT ${occurredAt}, ${action}, ${origin}, ${actorId}, ${subjectType}, ${subjectId}, ${event.ip},
           ${event.requestId}, ${event.reason}, ${JSON.stringify(event.changes)}, ${userAgent},
           ${session ? sql`${session}.id FROM ${session}` : sessionId}
    RETURNING id`;
}
