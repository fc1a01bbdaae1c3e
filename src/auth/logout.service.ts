import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { SignedInActor } from '../common/current-actor.decorator.js';
import { SessionsService } from '../sessions/sessions.service.js';

/** Signing out. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /** Ends the caller's session at once, on every instance (ASVS 7.4.1). */
  async logout(actor: SignedInActor): Promise<void> {
    const { userId, sessionId } = actor.principal;
    await this.dataSource.transaction(async (tx) => {
      const hasEnded = await this.sessions.endOwn(tx, userId, sessionId, 'logout', new Date());
      if (hasEnded) await this.audit.record(tx, 'user.signed_out', actor, userSubject(userId));
    });
  }
}
