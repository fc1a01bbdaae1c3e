import { Injectable } from '@nestjs/common';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { Actor } from '../http/current-actor.decorator.js';
import type { Client } from '../http/current-client.decorator.js';
import type { Principal } from '../access/principal.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { RefreshTokens } from './refresh-tokens.js';

/** Signing out. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
    private readonly refreshTokens: RefreshTokens,
  ) {}

  /** Ends the session of the caller, if there is one, at once, on every instance (ASVS 7.4.1). */
  async logout(actor: Actor): Promise<void> {
    if (actor.principal) await this.end(actor, actor.principal);
  }

  /** Ends the session of a refresh token, whatever has become of its access token. Any other text does nothing. */
  async revoke(refreshToken: string, client: Client): Promise<void> {
    const claim = this.refreshTokens.readRefreshToken(refreshToken);
    const session = claim && (await this.sessions.findById(claim.sessionId));
    if (!session) return;
    await this.end({ origin: 'api', client }, { userId: session.userId, sessionId: session.id });
  }

  private async end(actor: Actor, { userId, sessionId }: Pick<Principal, 'userId' | 'sessionId'>) {
    await this.dataSource.transaction(async (tx) => {
      const hasEnded = await this.sessions.endOwn(tx, userId, sessionId, 'logout', new Date());
      if (hasEnded) await this.audit.recordEvent(tx, 'user.signed_out', actor, userSubject(userId));
    });
  }
}
