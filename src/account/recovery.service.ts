import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { EmailService } from '../platform/email/email.service.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { type Kept, WaysIn } from './ways-in.js';

/**
 * Every act by which the owner of an account takes it back, or gets it for the first time: until an address is
 * proven, the person who opened the account may be a stranger to it. docs/flows/email.md has what stays after each.
 */
export const RECOVERIES = [
  'password_reset',
  'email_undo',
  'proof_by_link',
  'proof_by_reset',
  'proof_by_provider',
  'proof_by_operator',
  'operator_password',
] as const;

export type Recovery = (typeof RECOVERIES)[number];

/** Giving an account to its owner alone: whatever a stranger may have attached to it ends (ASVS 6.4.3, 7.4.3). */
@Injectable()
export class RecoveryService {
  constructor(
    private readonly ways: WaysIn,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly networks: KnownNetworksService,
    private readonly email: EmailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Ends every way into an account that the caller has locked, but for what is kept. The owner reads in an email
   * which ways to sign in they lost. Returns the account as it is then.
   */
  async recover(
    tx: EntityManager,
    actor: Actor,
    user: User,
    recovery: Recovery,
    kept: Kept,
  ): Promise<User> {
    const now = new Date();
    // Another password ends all sessions but the one that is named here.
    if (kept.session !== undefined) await this.sessions.keepSession(tx, kept.session);
    const lost = await this.ways.endAll({ tx, actor, user, kept, now });
    // Strangers who guess at the account must not keep its owner out (ASVS 6.1.1).
    if (actor.client) await this.networks.recordNetwork(tx, user.id, actor.client.ip, now);
    await this.audit.recordEvent(tx, 'user.recovered', actor, userSubject(user.id), {
      reason: recovery,
    });
    if (lost.length > 0) {
      await this.email.send(tx, 'ways_in_removed', user.email, {
        username: user.username,
        lost,
        resetLink: this.email.link(PASSWORD_RESET_PATH),
      });
    }
    return (await this.users.findById(user.id, tx))!;
  }
}
