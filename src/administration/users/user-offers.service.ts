import { Injectable } from '@nestjs/common';
import { AppError } from '../../http/app-error.js';
import { holds, type Principal } from '../../access/principal.js';
import { USERS } from '../../permissions/users.permissions.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { ManagedUsers } from './managed-users.js';
import type { UserAction } from './user-actions.service.js';
import { UserPasswordResetService } from './user-password-reset.service.js';

/** What a visitor could do with an account, as it is now. */
export interface UserOffers {
  mayChange: boolean;
  mayChangeSuperuser: boolean;
  actions: UserAction[];
}

/**
 * What the pages of an account offer: only what would work. The services that do it decide again; a test holds both to
 * be the same.
 */
@Injectable()
export class UserOffersService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly managed: ManagedUsers,
    private readonly users: UsersService,
    private readonly resets: UserPasswordResetService,
  ) {}

  /** An account and what can be done with it. Throws `AppError` 404. */
  async find(principal: Principal, id: string): Promise<{ user: User; offers: UserOffers }> {
    const user = await this.users.findById(id);
    if (!user) throw new AppError('not_found');
    return { user, offers: await this.offersFor(principal, user) };
  }

  private async offersFor(principal: Principal, user: User): Promise<UserOffers> {
    if (!(await this.managed.mayManage(this.dataSource.manager, principal, user))) {
      return { mayChange: false, mayChangeSuperuser: false, actions: [] };
    }
    const isLast = await this.users.isLastSuperuser(user);
    const mayChange = holds(principal, USERS.change);
    const mayEnd = user.id !== principal.userId && !isLast;
    const canGetLink = (await this.resets.findObstacle(user)) === undefined;
    const works: Record<UserAction, boolean> = {
      activate: mayChange && !user.isActive,
      deactivate: mayChange && user.isActive && mayEnd,
      'end-sessions': mayChange && user.isActive,
      'reset-password': mayChange && canGetLink,
      delete: holds(principal, USERS.delete) && mayEnd,
    };
    return {
      mayChange,
      mayChangeSuperuser: mayChange && principal.isSuperuser && !isLast,
      actions: (Object.keys(works) as UserAction[]).filter((action) => works[action]),
    };
  }
}
