import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import type { Actor } from '../../http/current-actor.decorator.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { UsersService } from '../../users/users.service.js';
import type { ManagedUser } from './managed-users.js';
import { assertNotOneself } from './powers.js';

/** Deleting another person's account. */
@Injectable()
export class UserDeletionService {
  constructor(
    private readonly users: UsersService,
    private readonly audit: AuditService,
  ) {}

  /** Throws `AppError` 403 for the caller's own account and `recent_login_required`, 409 `last_superuser`. */
  async deleteUser(tx: EntityManager, actor: Actor, { user }: ManagedUser): Promise<void> {
    assertRecentLogin(actor);
    // Before the account is gone: hooks of the event may need it.
    await this.audit.recordEvent(tx, 'user.deleted', actor, userSubject(user.id));
    await this.users.delete(tx, user);
    // After the rule for superusers: that it is the last one is the better reason.
    assertNotOneself(actor, user.id, 'DELETE /api/users/me');
  }
}
