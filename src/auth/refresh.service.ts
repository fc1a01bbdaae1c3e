import { Injectable } from '@nestjs/common';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Client } from '../http/current-client.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import { describeDevice } from '../sessions/device.js';
import type { Session } from '../sessions/session.entity.js';
import { SessionRotation } from '../sessions/session-rotation.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { WindowCount } from '../platform/throttling/limit-counters.sql.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { type RefreshClaim, RefreshTokens } from './refresh-tokens.js';

/** For this long a used token returns the same successor again: the first answer may have been lost. */
const REPLAY_WINDOW = 10_000;

/** Exchanges a refresh token for its successor (RFC 9700 section 4.14.2, ASVS 10.4.5). */
@Injectable()
export class RefreshService {
  constructor(
    private readonly rotation: SessionRotation,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly tokens: RefreshTokens,
    private readonly dataSource: GatehouseDataSource,
    private readonly email: EmailService,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
  ) {}

  /**
   * Returns the session in the state the successor belongs to. Throws `AppError` 401
   * `invalid_refresh_token`; a used token that comes late ends its whole session. 429 `too_many_requests`, 503.
   */
  async refresh(token: string, client: Client): Promise<{ user: User; session: Session }> {
    const now = new Date();
    const claim = this.tokens.readRefreshToken(token);
    if (!claim) throw new AppError('invalid_refresh_token');
    const { session, user } = await this.rotate(claim, client, now);
    if (!session || !user?.isActive) throw new AppError('invalid_refresh_token');
    return { user, session };
  }

  private async rotate({ sessionId: id, counter }: RefreshClaim, client: Client, now: Date) {
    const advance = (count: WindowCount | null) =>
      this.rotation.advance({ id, counter }, client, now, count);
    const limit = { limit: 'refreshes_per_session', counted: { key: id } } as const;
    const { result, isDone } = await this.limits.countAgainstLimitsBy(
      { origin: 'api', client },
      [limit],
      ([count]) => advance(count!),
    );
    const rotated = isDone ? result : await advance(null);
    if (rotated.session) return rotated;
    const session = await this.successorWithinWindow(id, counter, client, now);
    return { session, user: session && (await this.users.findById(session.userId)) };
  }

  private async successorWithinWindow(
    sessionId: string,
    counter: number,
    client: Client,
    now: Date,
  ): Promise<Session | null> {
    const session = await this.sessions.findById(sessionId);
    if (!session || !isAlive(session, now)) return null;
    const isLatestUsed = session.refreshCounter === counter + 1;
    const age = now.getTime() - (session.refreshedAt?.getTime() ?? 0);
    if (isLatestUsed && age <= REPLAY_WINDOW) return session;
    // Somebody holds a copy of a token that was used: nobody can tell the thief from the owner.
    if (counter < session.refreshCounter) {
      await this.endStolen(session, client, now);
    }
    return null;
  }

  private async endStolen(session: Session, client: Client, now: Date): Promise<void> {
    const { id, userId, userAgent } = session;
    await this.dataSource.transaction(async (tx) => {
      const hasEnded = await this.sessions.endOwn(tx, userId, id, 'refresh_token_reused', now);
      const user = await this.users.findById(userId, tx);
      if (!hasEnded || !user) return;
      await this.audit.recordEvent(
        tx,
        'user.refresh_token_reused',
        { origin: 'api', client },
        userSubject(userId),
        { changes: { session: { old: id, new: null } } },
      );
      await this.email.send(tx, 'refresh_token_reused', user.email, {
        username: user.username,
        device: describeDevice(userAgent),
        ip: client.ip,
        resetLink: this.email.link(PASSWORD_RESET_PATH),
      });
    });
  }
}

function isAlive(session: Session, now: Date): boolean {
  return !session.endedAt && session.idleExpiresAt > now && session.absoluteExpiresAt > now;
}
