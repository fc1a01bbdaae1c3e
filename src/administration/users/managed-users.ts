import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../http/app-error.js';
import type { Principal } from '../../access/principal.js';
import type { Actor } from '../../http/current-actor.decorator.js';
import { type GivenPowers, PermissionsService } from '../../permissions/permissions.service.js';
import { ReliedOnRoles } from '../../permissions/relied-on-roles.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { assertMayManage, mayManage } from './powers.js';

/** An account that the transaction has locked, and what it has been given. */
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
    const powers = await this.permissions.powersGivenTo(tx, user.id);
    return mayManage(principal, user, powers, (role) => this.reliedOnRoles.has(role));
  }

  /** Locks an account. Throws `AppError` 404, and 403 when it can do more than the caller. */
  async lockManagedUser(tx: EntityManager, actor: Actor, id: string): Promise<ManagedUser> {
    const managed = await this.lockUserForAnswer(tx, id);
    if (!managed) throw new AppError('not_found');
    this.assertMayManage(actor, managed);
    return managed;
  }

  /** Locks an account that an answer describes even to a caller who may not manage it. Null when it is gone. */
  async lockUserForAnswer(tx: EntityManager, id: string): Promise<ManagedUser | null> {
    const user = await this.users.lockUser(tx, id);
    return user && { user, powers: await this.permissions.powersGivenTo(tx, id) };
  }

  /** Throws `AppError` 403 when an account can do more than the caller. The command line may manage all. */
  assertMayManage({ origin, principal }: Actor, { user, powers }: ManagedUser): void {
    if (origin === 'cli') return;
    if (!principal) throw new AppError('authentication_required');
    assertMayManage(principal, user, powers, (role) => this.reliedOnRoles.has(role));
  }
}
