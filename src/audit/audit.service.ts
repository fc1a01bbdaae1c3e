import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../http/current-actor.decorator.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { UsersService } from '../users/users.service.js';
import type { AccountEventName } from './account-event.js';
import { AccountHooks } from './account-hooks.js';
import type { AuditAction } from './audit-actions.js';
import type { Changes } from './audit-event.entity.js';
import { addEvent, type PreparedEvent } from './audit-events.sql.js';
import { AuditLog } from './audit-log.js';
import { AuditPersonalChange } from './audit-personal-change.entity.js';
import type { DeclaredAuditAction } from './define-audit-actions.js';

/** What an event is about. */
export interface AuditSubject {
  type: string;
  id: string;
}

/** What an event records in addition to its action, actor and subject. */
export interface AuditDetails {
  /** Why, as a snake_case word: what a failure ran into. */
  reason?: string;
  /** Whose doing it was, where the request itself came without a session: a sign-in. */
  by?: { userId: string; sessionId?: string };
  /** Old and new values that stay readable for ever: no secrets, and nothing personal. */
  changes?: Changes;
  /** Old and new values that are erased together with the user who is the subject. */
  personalChanges?: Changes;
}

/** The one writer of the audit trail. */
@Injectable()
export class AuditService {
  constructor(
    private readonly log: AuditLog,
    private readonly hooks: AccountHooks,
    private readonly users: UsersService,
  ) {}

  /**
   * Adds an event in the caller's transaction: it is recorded if and only if that transaction commits (ASVS 16.2.1).
   * Runs the hooks of the action (`@OnAccount()`), and throws what they throw.
   * @param action one of a product's own, which `defineAuditActions` declares
   * @param actor the caller, as `@CurrentActor()` or `PageContext.actor` gives it; `SYSTEM` or `OPERATOR` without one
   * @param subject what the action was done to
   * @example
   * ```ts
   * await this.dataSource.transaction(async (tx) => {
   *   await tx.update(Article, { id }, { isPublished: true });
   *   await this.audit.recordEvent(tx, ARTICLE_EVENTS.published, actor, { type: 'article', id });
   * });
   * ```
   */
  async recordEvent(
    tx: EntityManager,
    action: AuditAction | DeclaredAuditAction,
    actor: Actor,
    subject: AuditSubject,
    details: AuditDetails = {},
  ): Promise<void> {
    const prepared = this.prepareEvent(action, actor, subject, details);
    const isAlone = !tx.queryRunner?.isTransactionActive;
    if (!isAlone || !this.isFollowed(action)) return this.addPreparedEvent(tx, prepared, details);
    return this.addInTransaction(tx, prepared, details);
  }

  /**
   * Whether a hook follows an action: then the event is recorded in a transaction, in which the hook can refuse the act.
   * @internal
   */
  isFollowed(action: AuditAction | DeclaredAuditAction): boolean {
    return this.hooks.follow(action);
  }

  /**
   * An event for a statement of the caller's that adds it, with `addEvent`, as part of what happens.
   * @internal
   */
  prepareEvent(
    action: AuditAction | DeclaredAuditAction,
    actor: Actor,
    subject: AuditSubject,
    { changes: given, reason, by = actor.principal }: AuditDetails = {},
  ): PreparedEvent {
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
      changes: differing(given),
    };
    const userAgent = actor.client?.userAgent ?? null;
    return { event, userAgent, sessionId: by?.sessionId ?? null };
  }

  /**
   * What follows a prepared event that a statement has added: its hooks, and its line in the log when the transaction is
   * committed. Throws what a hook throws.
   * @internal
   */
  async settlePreparedEvent(
    tx: EntityManager,
    { event, sessionId }: PreparedEvent,
    added: { id: string; sessionId?: string; personalChanges?: Changes },
  ): Promise<void> {
    const { id, personalChanges } = added;
    this.log.logEventAfterCommit(tx, { id, ...event });
    const { action, subjectId, reason, requestId, occurredAt } = event;
    if (!this.isFollowed(action)) return;
    const user = await this.users.findById(subjectId === UNKNOWN_USER.id ? NO_ID : subjectId, tx);
    await this.hooks.runHooks(tx, action, {
      id,
      name: action.replace(/^user\./, '') as AccountEventName,
      account: user && { id: user.id, username: user.username, email: user.email },
      actor: { origin: event.origin, userId: event.actorId, ip: event.ip },
      sessionId: added.sessionId ?? sessionId,
      requestId,
      reason,
      changes: { ...event.changes, ...personalChanges },
      occurredAt,
    });
  }

  private async addInTransaction(
    manager: EntityManager,
    prepared: PreparedEvent,
    details: AuditDetails,
  ): Promise<void> {
    await manager.transaction((tx) => this.addPreparedEvent(tx, prepared, details));
  }

  private async addPreparedEvent(
    tx: EntityManager,
    prepared: PreparedEvent,
    details: AuditDetails,
  ): Promise<void> {
    const adding = addEvent(prepared);
    const [added] = await runPrepared<{ id: string }>(tx, 'audit_events_add', adding);
    const { id } = added!;
    const personalChanges = differing(details.personalChanges);
    if (Object.keys(personalChanges).length > 0) {
      await tx.insert(AuditPersonalChange, {
        eventId: id,
        userId: prepared.event.subjectId,
        changes: personalChanges as object,
      });
    }
    await this.settlePreparedEvent(tx, prepared, { id, personalChanges });
  }
}

/** The changes without what stayed the same: a reader would look for a difference that is not there. */
function differing(changes: Changes = {}): Changes {
  return Object.fromEntries(
    Object.entries(changes).filter(
      ([, { old, new: value }]) => JSON.stringify(old) !== JSON.stringify(value),
    ),
  );
}

/** A user as the subject of an event. */
export const userSubject = (id: string): AuditSubject => ({ type: 'user', id });

/** The subject of an event about an account that was not found. */
export const UNKNOWN_USER: AuditSubject = { type: 'user', id: 'unknown' };

/** No account has it: looking it up takes as long as looking for one that exists. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

/** A role as the subject of an event. */
export const roleSubject = (id: string): AuditSubject => ({ type: 'role', id });
