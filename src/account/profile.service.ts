import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { SignedInActor } from '../common/current-actor.decorator.js';
import type { Principal } from '../common/principal.js';
import { AccountDto } from '../users/account.dto.js';
import { personalChangesBetween } from '../users/user-changes.js';
import { hostFieldsOf } from '../users/user-field.decorator.js';
import { hasPassword } from '../users/unusable-password.js';
import { type UserFields, UsersService } from '../users/users.service.js';
import type { UpdateMeDto } from './update-me.dto.js';

/** Looking at and editing one's own account. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly audit: AuditService,
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

  /** Throws `AppError` 401 when the account is gone. */
  async update(actor: SignedInActor, profile: UpdateMeDto): Promise<AccountDto> {
    const { userId } = actor.principal;
    const { firstName, lastName } = profile;
    const fields = { firstName, lastName, ...hostFieldsOf('profile', profile) } as UserFields;
    const changed = await this.dataSource.transaction(async (tx) => {
      const user = await this.users.lock(tx, userId);
      if (!user) throw new AppError('invalid_token');
      const after = await this.users.change(tx, user, fields);
      const personalChanges = personalChangesBetween(user, after);
      if (Object.keys(personalChanges).length > 0) {
        await this.audit.record(tx, 'user.updated', actor, userSubject(userId), {
          personalChanges,
        });
      }
      return after;
    });
    return AccountDto.of(changed, actor.principal);
  }
}
