import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_CONFIRM_PATH, PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** Inviting the owner of an account that was added for them. `PasswordResetService` takes the answer. */
@Injectable()
export class InvitationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly tokens: OneTimeTokensService,
    private readonly email: EmailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Sends a link to choose the first password to the address of an account that the caller has locked. Ends the
   * invitations before it: only administrators send them, so no stranger can end one. Returns the account.
   */
  async invite(tx: EntityManager, actor: Actor, user: User): Promise<User> {
    const { id, username, email } = user;
    await this.tokens.endAll(tx, 'accept_invitation', id);
    const token = await this.tokens.issue(tx, 'accept_invitation', { userId: id, value: email });
    await this.email.send(tx, 'invitation', email, {
      username,
      link: this.email.link(PASSWORD_RESET_CONFIRM_PATH, token),
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
    await this.audit.recordEvent(tx, 'user.invited', actor, userSubject(id));
    return this.users.recordInvitation(tx, user, new Date());
  }

  /** When the open invitation of an account expires; null without one. */
  async findExpiry({ id, email }: Pick<User, 'id' | 'email'>): Promise<Date | null> {
    const claim = { userId: id, value: email };
    const open = await this.tokens.findOpen(this.dataSource.manager, 'accept_invitation', claim);
    return open?.expiresAt ?? null;
  }
}
