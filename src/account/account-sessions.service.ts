import { Injectable } from '@nestjs/common';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import type { Page, PageQuery } from '../http/page.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionsService } from '../sessions/sessions.service.js';

/** Where one is signed in. */
@Injectable()
export class AccountSessionsService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /** One's sessions that are alive, the latest sign-in first. Throws `AppError` 422 for an invalid cursor. */
  async list(userId: string, query: PageQuery): Promise<Page<Session>> {
    return this.sessions.alive(userId, new Date(), query);
  }

  /** Ends one of one's own. Throws `AppError` 404 for any other (ASVS 7.5.2). */
  async end(actor: SignedInActor, id: string): Promise<void> {
    const { userId } = actor.principal;
    await this.dataSource.transaction(async (tx) => {
      const hasEnded = await this.sessions.endOwn(tx, userId, id, 'ended_by_owner', new Date());
      if (!hasEnded) throw new AppError('not_found');
      await this.audit.recordEvent(tx, 'user.session_ended', actor, userSubject(userId), {
        changes: { session: { old: id, new: null } },
      });
    });
  }

  /** Ends all but the one that asks. */
  async endOthers(actor: SignedInActor): Promise<void> {
    const { userId, sessionId } = actor.principal;
    await this.dataSource.transaction(async (tx) => {
      const count = await this.sessions.endAll(tx, userId, 'ended_by_owner', new Date(), {
        except: sessionId,
      });
      await this.audit.recordEvent(tx, 'user.sessions_ended', actor, userSubject(userId), {
        changes: { sessions: { old: count + 1, new: 1 } },
      });
    });
  }
}
