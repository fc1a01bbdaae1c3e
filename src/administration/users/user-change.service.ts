import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import { AppError } from '../../http/app-error.js';
import type { Actor, SignedInActor } from '../../http/current-actor.decorator.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { EmailService } from '../../platform/email/email.service.js';
import { OneTimeTokensService } from '../../one-time-tokens/one-time-tokens.service.js';
import { emailKey } from '../../users/identifiers.js';
import { personalChangesBetween } from '../../users/user-changes.js';
import type { Admission } from '../../users/admission.js';
import { RegistrationRules } from '../../users/registration-rules.js';
import { hostFieldsOf } from '../../users/user-field.decorator.js';
import type { User } from '../../users/user.entity.js';
import { hasUsernames } from '../../users/usernames.js';
import { type UserFields, UsersService } from '../../users/users.service.js';
import type { ChangeUserDto } from './change-user.dto.js';
import { type ManagedUser, ManagedUsers } from './managed-users.js';
import { assertNotOneself, assertSuperuser, assertUnchanged } from './powers.js';

/** Changing another person's account: names, address, whether it is active, whether it is a superuser. */
@Injectable()
export class UserChangeService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly managed: ManagedUsers,
    private readonly users: UsersService,
    private readonly tokens: OneTimeTokensService,
    private readonly email: EmailService,
    private readonly audit: AuditService,
    private readonly rules: RegistrationRules,
  ) {}

  /**
   * Throws `AppError` 404, 403 for an account that can do more than the caller and `recent_login_required` for
   * the address and for what the account may do, 409 `username_taken`
   * and `last_superuser`, 422, and 409 `conflict` when something is not as the caller has seen it.
   * @param seen fields of the account as the caller has seen them
   */
  async changeUser(
    actor: SignedInActor,
    id: string,
    body: ChangeUserDto,
    seen: Record<string, unknown> = {},
  ): Promise<User> {
    const { username, email, firstName, lastName, isActive, isSuperuser } = body;
    const fields = { username, email, firstName, lastName, isActive, isSuperuser } as UserFields;
    const admission = await this.admitAddress(id, body);
    return this.dataSource.transaction(async (tx) => {
      const { user } = await this.managed.lockManagedUser(tx, actor, id);
      if (givesPower(body, user)) assertRecentLogin(actor);
      for (const [field, value] of Object.entries(seen)) {
        assertUnchanged(value, user[field as keyof User]);
      }
      if (email !== undefined && emailKey(email) !== user.emailKey) {
        assertNotOneself(actor, id, 'POST /api/account/email/change');
        // Another request has changed the address since the rule was asked about it.
        if (!admission) throw new AppError('conflict');
      }
      if (isSuperuser !== undefined && isSuperuser !== user.isSuperuser) {
        assertSuperuser(actor.principal);
      }
      const changes = { ...fields, ...hostFieldsOf('change', body) };
      return this.apply(tx, actor, user, changes, admission);
    });
  }

  /** Activates or deactivates an account. Throws `AppError` 403 `recent_login_required`, 409 `last_superuser`. */
  async setActive(
    tx: EntityManager,
    actor: Actor,
    { user }: ManagedUser,
    isActive: boolean,
  ): Promise<void> {
    assertRecentLogin(actor);
    await this.apply(tx, actor, user, { isActive });
  }

  /** Asks the rule of the product about an address that is to be another one than it is now. */
  private async admitAddress(id: string, body: ChangeUserDto): Promise<Admission | undefined> {
    const { email, username } = body;
    if (email === undefined) return undefined;
    const user = await this.users.findById(id);
    // The transaction finds out again, with the account locked.
    if (!user || emailKey(email) === user.emailKey) return undefined;
    return this.rules.admit({
      origin: 'administrator',
      accountId: id,
      username: username ?? user.username,
      email,
      fields: hostFieldsOf('change', body),
    });
  }

  private async apply(
    tx: EntityManager,
    actor: Actor,
    user: User,
    fields: UserFields,
    admission?: Admission,
  ): Promise<User> {
    const changed = await this.users.updateUser(tx, user, fields, { admission });
    const subject = userSubject(user.id);
    const personalChanges = personalChangesBetween(user, changed);
    if (Object.keys(personalChanges).length > 0) {
      await this.audit.recordEvent(tx, 'user.updated', actor, subject, { personalChanges });
    }
    if (changed.emailKey !== user.emailKey) await this.settleNewAddress(tx, user, changed);
    if (changed.isActive !== user.isActive) {
      const action = changed.isActive ? 'user.activated' : 'user.deactivated';
      await this.audit.recordEvent(tx, action, actor, subject, {
        changes: { isActive: { old: user.isActive, new: changed.isActive } },
      });
    }
    if (changed.isSuperuser !== user.isSuperuser) {
      const action = changed.isSuperuser ? 'user.superuser_granted' : 'user.superuser_revoked';
      await this.audit.recordEvent(tx, action, actor, subject, {
        changes: { isSuperuser: { old: user.isSuperuser, new: changed.isSuperuser } },
      });
    }
    return changed;
  }

  /** Emails the old address, and ends every way back to it: an administrator has decided. */
  private async settleNewAddress(tx: EntityManager, before: User, after: User): Promise<void> {
    await this.tokens.endAll(tx, 'undo_email_change', after.id);
    if (!before.emailVerifiedAt) return;
    await this.email.send(tx, 'email_changed_by_administrator', before.email, {
      username: before.username,
      newUsername: hasUsernames() && after.username !== before.username ? after.username : null,
      newEmail: after.email,
    });
  }
}

/** Whether a change is about power: with the address comes the password, and an active account has its powers. */
function givesPower({ email, isActive, isSuperuser }: ChangeUserDto, user: User): boolean {
  return (
    (email !== undefined && emailKey(email) !== user.emailKey) ||
    (isActive !== undefined && isActive !== user.isActive) ||
    (isSuperuser !== undefined && isSuperuser !== user.isSuperuser)
  );
}
