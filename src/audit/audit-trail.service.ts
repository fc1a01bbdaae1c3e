import { Injectable } from '@nestjs/common';
import sql, { empty, join, type Sql } from 'sql-template-tag';
import type { EntityManager } from 'typeorm';
import { decodeCursor, encodeCursor, type Page, pageOf } from '../http/page.js';
import type { AuditEventDto } from './audit-event.dto.js';
import { AuditEvent, type Changes } from './audit-event.entity.js';
import type { AuditAction } from './audit-actions.js';
import type { AuditSubject } from './audit.service.js';
import type { AuditQueryDto } from './audit-query.dto.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { nameInRow } from '../users/usernames.js';

const LIST = 'audit-events';

type Row = AuditEvent & {
  actorName: string | null;
  subjectName: string | null;
  personalChanges: Changes | null;
};

/** How an account was opened. */
export interface Opening {
  action: 'user.registered' | 'user.created';
  origin: AuditEvent['origin'];
  /** The name of the provider with which a visitor opened it; null: with none. */
  provider: string | null;
}

const events = () => sql`
  SELECT e.id, e.occurred_at AS "occurredAt", e.action, e.origin, e.actor_id AS "actorId",
         e.subject_type AS "subjectType", e.subject_id AS "subjectId", e.session_id AS "sessionId",
         host(e.ip) AS ip, e.user_agent AS "userAgent", e.request_id AS "requestId", e.reason, e.changes,
         ${nameInRow('actor')} AS "actorName", p.changes AS "personalChanges",
         CASE
           WHEN e.subject_id !~ '^[0-9a-f-]{36}$' THEN NULL
           WHEN e.subject_type = 'user' THEN (SELECT ${nameInRow('subject')} FROM users subject WHERE subject.id = e.subject_id::uuid)
           WHEN e.subject_type = 'role' THEN (SELECT name FROM roles WHERE id = e.subject_id::uuid)
         END AS "subjectName"
  FROM audit_events e
  LEFT JOIN users actor ON actor.id = e.actor_id
  LEFT JOIN audit_personal_changes p ON p.event_id = e.id`;

/** Reading the audit trail. */
@Injectable()
export class AuditTrailService {
  constructor(private readonly dataSource: GatehouseDataSource) {}

  /** Whether it is recorded that something happened to a subject, as of the caller's transaction. */
  async has(tx: EntityManager, action: AuditAction, { type, id }: AuditSubject): Promise<boolean> {
    return tx.existsBy(AuditEvent, { action, subjectType: type, subjectId: id });
  }

  /** Events, newest first. Throws `AppError` 422 for a cursor that is none. */
  async list({ limit, cursor, ...filter }: AuditQueryDto): Promise<Page<AuditEventDto>> {
    const before =
      cursor === undefined
        ? undefined
        : decodeCursor(cursor, LIST, ([id]) => /^\d{1,18}$/.test(id ?? ''))[0];
    const comparisons: [Sql, unknown][] = [
      [sql`e.id <`, before],
      [sql`e.action =`, filter.action],
      [sql`e.actor_id =`, filter.actorId],
      [sql`e.subject_type =`, filter.subjectType],
      [sql`e.subject_id =`, filter.subjectId],
      [sql`e.occurred_at >=`, filter.from && new Date(filter.from)],
      [sql`e.occurred_at <`, filter.to && new Date(filter.to)],
    ];
    const given = comparisons.filter(([, value]) => value !== undefined);
    const conditions = given.map(([comparison, value]) => sql`${comparison} ${value}`);
    const where = conditions.length > 0 ? join(conditions, ' AND ', 'WHERE ') : empty;
    const { text, values } = sql`${events()} ${where} ORDER BY e.id DESC LIMIT ${limit + 1}`;
    const rows = await this.dataSource.query<Row[]>(text, values);
    return pageOf(rows, limit, ({ id }) => encodeCursor(LIST, [id]), present);
  }

  /** How an account was opened; null for one that came past the application. */
  async openingOf(userId: string): Promise<Opening | null> {
    const [row] = await this.dataSource.query<Opening[]>(
      `SELECT opened.action, opened.origin,
              (SELECT connected.changes #>> '{provider,new}' FROM audit_events connected
               WHERE connected.subject_id = $1 AND connected.action = 'user.identity_connected'
                 AND connected.request_id = opened.request_id
               ORDER BY connected.id LIMIT 1) AS provider
       FROM audit_events opened
       WHERE opened.subject_id = $1 AND opened.action IN ('user.registered', 'user.created')
       ORDER BY opened.id LIMIT 1`,
      [userId],
    );
    return row ?? null;
  }
}

function present(row: Row): AuditEventDto {
  const { id, occurredAt, action, origin, sessionId, ip, userAgent, requestId, reason } = row;
  return {
    id,
    occurredAt,
    action,
    origin,
    actor: row.actorId ? { id: row.actorId, username: row.actorName } : null,
    subject: { type: row.subjectType, id: row.subjectId, name: row.subjectName },
    sessionId,
    ip,
    userAgent,
    requestId,
    reason,
    changes: { ...row.changes, ...row.personalChanges },
  };
}
