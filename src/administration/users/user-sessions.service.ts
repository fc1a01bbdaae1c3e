import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import type { Actor, SignedInActor } from '../../http/current-actor.decorator.js';
import type { Page, PageQuery } from '../../http/page.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import type { Session } from '../../sessions/session.entity.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { type ManagedUser, ManagedUsers } from './managed-users.js';

/** Where another person is signed in. */
@Injectable()
export class UserSessionsService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly managed: ManagedUsers,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * The sessions that are alive, the latest first. Throws `AppError` 404, 403 for an account that can do more
   * than the caller, 422 for an invalid cursor.
   */
  async list(actor: SignedInActor, id: string, query: PageQuery): Promise<Page<Session>> {
    await this.dataSource.transaction((tx) => this.managed.lockManagedUser(tx, actor, id));
    return this.sessions.alive(id, new Date(), query);
  }

  /** Ends all sessions of an account. */
  async endSessions(tx: EntityManager, actor: Actor, { user }: ManagedUser): Promise<void> {
    const count = await this.sessions.endAll(tx, user.id, 'ended_by_administrator', new Date());
    await this.audit.recordEvent(tx, 'user.sessions_ended', actor, userSubject(user.id), {
      changes: { sessions: { old: count, new: 0 } },
    });
  }
}
