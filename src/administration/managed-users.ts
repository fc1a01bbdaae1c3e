import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { Principal } from '../common/principal.js';
import type { SignedInActor } from '../common/current-actor.decorator.js';
import { type GivenPowers, PermissionsService } from '../permissions/permissions.service.js';
import { ReliedOnRoles } from '../permissions/relied-on-roles.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { assertMayManage, mayManage } from './powers.js';

/** An account that an administrator is about to change, and what it has been given. */
export interface ManagedUser {
  user: User;
  powers: GivenPowers;
}

/** The one way by which administration gets hold of an account it changes. */
@Injectable()
export class ManagedUsers {
  constructor(
    private readonly users: UsersService,
    private readonly permissions: PermissionsService,
    private readonly reliedOnRoles: ReliedOnRoles,
  ) {}

  /** Whether the caller may manage an account, as it is now: it can do no more than they can. */
  async mayManage(tx: EntityManager, principal: Principal, user: User): Promise<boolean> {
    const powers = await this.permissions.givenTo(tx, user.id);
    return mayManage(principal, user, powers, (role) => this.reliedOnRoles.has(role));
  }

  /** Locks an account. Throws `AppError` 404, and 403 when it can do more than the caller. */
  async lock(tx: EntityManager, { principal }: SignedInActor, id: string): Promise<ManagedUser> {
    const user = await this.users.lock(tx, id);
    if (!user) throw new AppError('not_found');
    const powers = await this.permissions.givenTo(tx, id);
    assertMayManage(principal, user, powers, (role) => this.reliedOnRoles.has(role));
    return { user, powers };
  }
}
