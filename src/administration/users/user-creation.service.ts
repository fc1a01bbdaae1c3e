import { Injectable } from '@nestjs/common';
import { InvitationService } from '../../account/invitation.service.js';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import type { AppError } from '../../http/app-error.js';
import type { SignedInActor } from '../../http/current-actor.decorator.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { personalFieldsOf } from '../../users/user-changes.js';
import { RegistrationRules } from '../../users/registration-rules.js';
import { hostFieldsOf } from '../../users/user-field.decorator.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import type { CreateUserDto } from './create-user.dto.js';
import { assertSuperuser } from './powers.js';
import { UserPasswordResetService } from './user-password-reset.service.js';
import { UserPowersService } from './user-powers.service.js';

/** An account that was added. */
export interface AddedUser {
  user: User;
  /** Why no invitation was sent, although one was wanted. */
  obstacle: AppError | undefined;
}

/** Adding an account for somebody else. */
@Injectable()
export class UserCreationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly powers: UserPowersService,
    private readonly resets: UserPasswordResetService,
    private readonly invitations: InvitationService,
    private readonly audit: AuditService,
    private readonly rules: RegistrationRules,
  ) {}

  /**
   * Adds an account without a password. Invites its owner, unless that is not wanted or not possible. An invitation
   * alone needs no recent sign-in, because the account has no power. Throws `AppError` 403 when it would be given what
   * the caller does not hold, `recent_login_required` when it is given anything, 409 `username_taken`, 422, also for
   * what the rule of the product refuses.
   */
  async create(actor: SignedInActor, account: CreateUserDto): Promise<AddedUser> {
    const { username, email, firstName, lastName, isActive, isSuperuser } = account;
    if (isSuperuser) assertSuperuser(actor.principal);
    if (isSuperuser || account.roles?.length || account.permissions?.length)
      assertRecentLogin(actor);
    const fields = hostFieldsOf('creation', account);
    const candidate = { origin: 'administrator', username, email, fields } as const;
    const admission = await this.rules.admit(candidate);
    return this.dataSource.transaction(async (tx) => {
      const added = {
        username,
        email,
        ...(firstName !== undefined && { firstName }),
        ...(lastName !== undefined && { lastName }),
        ...(isActive !== undefined && { isActive }),
        ...(isSuperuser !== undefined && { isSuperuser }),
        ...fields,
      };
      const user = await this.users.create(tx, added, admission);
      await this.audit.recordEvent(tx, 'user.created', actor, userSubject(user.id), {
        changes: {
          isActive: { old: null, new: user.isActive },
          isSuperuser: { old: null, new: user.isSuperuser },
        },
        personalChanges: personalFieldsOf(user),
      });
      const nothing = { roles: [], permissions: [], directPermissions: [] };
      const managed = { user, powers: nothing };
      if (account.roles) await this.powers.giveRoles(tx, actor, managed, account.roles);
      if (account.permissions)
        await this.powers.grantPermissions(tx, actor, managed, account.permissions);
      if (account.sendInvitation === false) return { user, obstacle: undefined };
      const obstacle = await this.resets.findObstacle(user, tx);
      if (obstacle) return { user, obstacle };
      return { user: await this.invitations.invite(tx, actor, user), obstacle };
    });
  }
}
