import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { PasswordResetService } from '../account/password-reset.service.js';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { SignedInActor } from '../common/current-actor.decorator.js';
import { assertRecentLogin } from '../common/recent-login.js';
import { MailService } from '../mail/mail.service.js';
import { ManagedUsers } from './managed-users.js';

/** Having somebody choose a password: the first one of an account that was added, or another. */
@Injectable()
export class UserPasswordResetService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly managed: ManagedUsers,
    private readonly resets: PasswordResetService,
    private readonly mail: MailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Has the link sent to the address of the account. Throws `AppError` 404, 403 for an account that can
   * do more than the caller, `recent_login_required` and `mail_disabled`, 409 for one that is inactive or has no address.
   */
  async start(actor: SignedInActor, id: string): Promise<void> {
    await this.dataSource.transaction((tx) => this.startIn(tx, actor, id));
  }

  /** As `start`, in the caller's transaction. */
  async startIn(tx: EntityManager, actor: SignedInActor, id: string): Promise<void> {
    assertRecentLogin(actor);
    this.mail.assertOn();
    const { user } = await this.managed.lock(tx, actor, id);
    if (!user.isActive) throw new AppError('conflict', { detail: 'The account is inactive.' });
    if (user.email === '') {
      throw new AppError('conflict', { detail: 'The account has no email address.' });
    }
    await this.resets.sendLink(tx, [user]);
    await this.audit.record(tx, 'user.password_reset_requested', actor, userSubject(id));
  }
}
