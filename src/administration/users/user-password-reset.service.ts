import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { InvitationService } from '../../account/invitation.service.js';
import { PasswordResetService } from '../../account/password-reset.service.js';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import { AppError } from '../../http/app-error.js';
import type { Actor } from '../../http/current-actor.decorator.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { EmailService } from '../../platform/email/email.service.js';
import { AddressesService } from '../../users/addresses.service.js';
import { isUnclaimed } from '../../users/invited.js';
import type { User } from '../../users/user.entity.js';
import type { ManagedUser } from './managed-users.js';

/** Sends the owner of an account a link to choose a password: an invitation until they have used it, then a reset. */
@Injectable()
export class UserPasswordResetService {
  constructor(
    private readonly resets: PasswordResetService,
    private readonly invitations: InvitationService,
    private readonly addresses: AddressesService,
    private readonly email: EmailService,
    private readonly audit: AuditService,
  ) {}

  /** Sends the link to the address of the account. Throws `AppError` 403 `recent_login_required`, and as `findObstacle`. */
  async sendLink(tx: EntityManager, actor: Actor, { user }: ManagedUser): Promise<void> {
    assertRecentLogin(actor);
    const obstacle = await this.findObstacle(user, tx);
    if (obstacle) throw obstacle;
    if (isUnclaimed(user)) {
      await this.invitations.invite(tx, actor, user);
      return;
    }
    await this.resets.sendLink(tx, [user]);
    await this.audit.recordEvent(tx, 'user.password_reset_requested', actor, userSubject(user.id));
  }

  /** Why no link can be sent to an account: `AppError` 403 `mail_disabled` or 409 `conflict`; undefined when one can. */
  async findObstacle(user: User, tx?: EntityManager): Promise<AppError | undefined> {
    if (!this.email.isOn) return new AppError('mail_disabled');
    if (!user.isActive) return new AppError('conflict', { detail: 'The account is inactive.' });
    if (user.email === '') {
      return new AppError('conflict', { detail: 'The account has no email address.' });
    }
    // A link cannot prove what another account has proven.
    if (user.emailVerifiedAt !== null || !(await this.addresses.findOwnerOf(user.email, tx))) {
      return undefined;
    }
    return new AppError('conflict', { detail: 'Another account has proven this email address.' });
  }
}
