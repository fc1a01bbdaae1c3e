import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { FederationAttemptsService } from '../federation/federation-attempts.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { SessionsService } from '../sessions/sessions.service.js';

/**
 * Ends what is open for all accounts at once. A restored backup needs it, because sessions and links that were ended
 * after the backup work again. Only an operator may do this, never a request.
 */
@Injectable()
export class SignOutEveryoneService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly sessions: SessionsService,
    private readonly tokens: OneTimeTokensService,
    private readonly attempts: FederationAttemptsService,
    private readonly audit: AuditService,
  ) {}

  /** Ends every session, with its cookies, refresh tokens and access tokens; returns how many. */
  async endSessions(actor: Actor): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const count = await this.sessions.endAllOfAllUsers(tx, 'ended_by_operator', new Date());
      await this.audit.recordEvent(
        tx,
        'sessions.ended',
        actor,
        { type: 'sessions', id: 'all' },
        { changes: { sessions: { old: count, new: 0 } } },
      );
      return count;
    });
  }

  /** Ends every link that was emailed, and sign-ins with a provider that have begun; returns how many links. */
  async endLinks(actor: Actor): Promise<number> {
    return this.dataSource.transaction(async (tx) => {
      const count = await this.tokens.endAllOfAllUsers(tx);
      await this.attempts.endAllOfAllUsers(tx);
      await this.audit.recordEvent(
        tx,
        'links.ended',
        actor,
        { type: 'links', id: 'all' },
        { changes: { links: { old: count, new: 0 } } },
      );
      return count;
    });
  }
}
