import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../common/current-actor.decorator.js';
import { Statement } from '../database/statement.js';
import type { AuditAction } from './audit-actions.js';
import type { Changes } from './audit-event.entity.js';
import { AuditLog } from './audit-log.js';
import { AuditPersonalChange } from './audit-personal-change.entity.js';

/** What an event is about. */
export interface AuditSubject {
  type: string;
  id: string;
}

export interface AuditDetails {
  /** Why, as a snake_case word: what a failure ran into. */
  reason?: string;
  /** Whose doing it was, where the request itself came without a session: a sign-in. */
  by?: { userId: string; sessionId: string };
  /** Old and new values that stay readable for ever: no secrets, and nothing personal. */
  changes?: Changes;
  /** Old and new values that are erased together with the user who is the subject. */
  personalChanges?: Changes;
}

const ADD = new Statement<{ id: string }>(
  'audit_events_add',
  `INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id, session_id,
                             ip, user_agent, request_id, reason, changes)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
);

/** The one writer of the audit trail. */
@Injectable()
export class AuditService {
  constructor(private readonly log: AuditLog) {}

  /**
   * Adds an event in the caller's transaction: it is told if and only if it happened (ASVS 16.2.1).
   * A host may record actions of its own: past tense, `thing.happened`.
   */
  async record(
    tx: EntityManager,
    action: AuditAction | (string & {}),
    actor: Actor,
    subject: AuditSubject,
    { changes = {}, personalChanges = {}, reason, by = actor.principal }: AuditDetails = {},
  ): Promise<void> {
    const event = {
      occurredAt: new Date(),
      action: action as AuditAction,
      origin: actor.origin,
      actorId: by?.userId ?? null,
      subjectType: subject.type,
      subjectId: subject.id,
      ip: actor.client?.ip ?? null,
      requestId: actor.client?.requestId ?? null,
      reason: reason ?? null,
      changes,
    };
    const { occurredAt, origin, actorId, subjectType, subjectId, ip, requestId } = event;
    const sessionId = by?.sessionId ?? null;
    const userAgent = actor.client?.userAgent ?? null;
    const values = [occurredAt, action, origin, actorId, subjectType, subjectId, sessionId, ip];
    values.push(userAgent, requestId, event.reason, JSON.stringify(changes));
    const [added] = await ADD.run(tx, values);
    const { id } = added!;
    this.log.tell(tx, { id, ...event });
    if (Object.keys(personalChanges).length === 0) return;
    await tx.insert(AuditPersonalChange, {
      eventId: id,
      userId: subject.id,
      changes: personalChanges as object,
    });
  }
}

/** A user as the subject of an event. */
export const userSubject = (id: string): AuditSubject => ({ type: 'user', id });

/** A role as the subject of an event. */
export const roleSubject = (id: string): AuditSubject => ({ type: 'role', id });
