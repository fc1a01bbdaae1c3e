import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { SignedInActor } from '../common/current-actor.decorator.js';
import { assertRecentLogin } from '../common/recent-login.js';
import { UsersService } from '../users/users.service.js';
import { ManagedUsers } from './managed-users.js';
import { assertNotOneself } from './powers.js';

/** Deleting somebody's account. */
@Injectable()
export class UserDeletionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly managed: ManagedUsers,
    private readonly users: UsersService,
    private readonly audit: AuditService,
  ) {}

  /** Throws `AppError` 404, 403 for an account that can do more than the caller and `recent_login_required`, 409 `last_superuser`. */
  async delete(actor: SignedInActor, id: string): Promise<void> {
    await this.dataSource.transaction((tx) => this.deleteIn(tx, actor, id));
  }

  /** As `delete`, in the caller's transaction. */
  async deleteIn(tx: EntityManager, actor: SignedInActor, id: string): Promise<void> {
    assertRecentLogin(actor);
    const { user } = await this.managed.lock(tx, actor, id);
    await this.users.delete(tx, user);
    // After the rule for superusers: that it is the last one is the better reason.
    assertNotOneself(actor, id, 'DELETE /api/users/me');
    await this.audit.record(tx, 'user.deleted', actor, userSubject(id));
  }
}
