import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { SignedInActor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import type { Principal } from '../access/principal.js';
import { assertRecentLogin } from '../http/recent-login.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { AccountDto } from '../users/account.dto.js';
import { personalChangesBetween } from '../users/user-changes.js';
import { hostFieldsOf } from '../users/user-field.decorator.js';
import { hasPassword } from '../users/unusable-password.js';
import type { User } from '../users/user.entity.js';
import { hasUsernames } from '../users/usernames.js';
import { type UserFields, UsersService } from '../users/users.service.js';
import type { UpdateMeDto } from './update-me.dto.js';

/** Looking at and editing one's own account. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
    private readonly email: EmailService,
  ) {}

  /** Throws `AppError` 401 when the account is gone. */
  async get(principal: Principal): Promise<AccountDto> {
    const user = await this.users.findById(principal.userId);
    if (!user) throw new AppError('invalid_token');
    return AccountDto.of(user, principal);
  }

  /** Whether the account has a password: who signs in with a provider need not. */
  async hasPassword(userId: string): Promise<boolean> {
    const user = await this.users.findById(userId);
    return user !== null && hasPassword(user);
  }

  /** Whether the owner may delete the account: not the last superuser. */
  async mayDelete({ userId, isSuperuser }: Principal): Promise<boolean> {
    if (!isSuperuser) return true;
    const user = await this.users.findById(userId);
    return user !== null && !(await this.users.isLastSuperuser(user));
  }

  /**
   * Throws `AppError` 401 when the account is gone; for another username 403 `recent_login_required`, 409
   * `username_taken`, 422 for a reserved one, 429 `too_many_requests`.
   */
  async update(actor: SignedInActor, profile: UpdateMeDto): Promise<AccountDto> {
    const { userId } = actor.principal;
    const { username, firstName, lastName } = profile;
    const fields = {
      username,
      firstName,
      lastName,
      ...hostFieldsOf('profile', profile),
    } as UserFields;
    if (username !== undefined && username !== actor.principal.username) {
      await this.admitRenaming(actor, username);
    }
    const changed = await this.dataSource.transaction(async (tx) => {
      const user = await this.users.lockUser(tx, userId);
      if (!user) throw new AppError('invalid_token');
      const after = await this.users.updateUser(tx, user, fields, { keepsFormerUsername: true });
      if (hasUsernames() && after.username !== user.username)
        await this.emailAboutRenaming(tx, user, after);
      const personalChanges = personalChangesBetween(user, after);
      if (Object.keys(personalChanges).length > 0) {
        await this.audit.recordEvent(tx, 'user.updated', actor, userSubject(userId), {
          personalChanges,
        });
      }
      return after;
    });
    return AccountDto.of(changed, actor.principal);
  }

  /** A username is a way to sign in, and what others know the account by. */
  private async admitRenaming(actor: SignedInActor, username: string): Promise<void> {
    const { userId } = actor.principal;
    assertRecentLogin(actor);
    const refusal = await this.users.refusalOfChosenUsername(username, actor.principal);
    if (refusal) throw refusal;
    await this.limits.countAgainstLimit(actor, 'username_changes_per_account', {
      key: userId,
      userId,
    });
  }

  /** An address that nobody has proven may be a stranger's, who is spared. */
  private async emailAboutRenaming(tx: EntityManager, before: User, after: User): Promise<void> {
    if (!after.emailVerifiedAt) return;
    await this.email.send(tx, 'username_changed', after.email, {
      username: after.username,
      oldUsername: before.username,
      isByOwner: true,
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }
}
