import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import { AppError } from '../../http/app-error.js';
import type { SignedInActor } from '../../http/current-actor.decorator.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { mapPage, type PageQuery } from '../../http/page.js';
import { MembershipsService } from '../../permissions/memberships.service.js';
import {
  type GivenPowers,
  PermissionsService,
  type SourcedPermission,
} from '../../permissions/permissions.service.js';
import { RolesService } from '../../permissions/roles.service.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { type ManagedUser, ManagedUsers } from './managed-users.js';
import { assertHasRoles, assertHolds, assertUnchanged } from './powers.js';
import type { PermissionSourceDto, UserPermissionsDto } from './user-permissions.dto.js';

/** What an account may do: its roles, what it is granted directly, and why it may. */
@Injectable()
export class UserPowersService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly managed: ManagedUsers,
    private readonly users: UsersService,
    private readonly roles: RolesService,
    private readonly permissions: PermissionsService,
    private readonly memberships: MembershipsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Throws `AppError` 404, 403 for what the caller does not hold and `recent_login_required`, 422 for an unknown role, 409 `conflict`
   * when the account does not have the roles that the caller has seen.
   */
  async setRoles(
    actor: SignedInActor,
    id: string,
    names: string[],
    before?: string[],
  ): Promise<User> {
    assertRecentLogin(actor);
    return this.dataSource.transaction(async (tx) => {
      const managed = await this.managed.lockManagedUser(tx, actor, id);
      if (before) assertUnchanged(before.toSorted(), managed.powers.roles.toSorted());
      await this.giveRoles(tx, actor, managed, names);
      return managed.user;
    });
  }

  /** As `setRoles`, for permissions that are granted directly. */
  async setPermissions(
    actor: SignedInActor,
    id: string,
    codenames: string[],
    before?: string[],
  ): Promise<User> {
    assertRecentLogin(actor);
    return this.dataSource.transaction(async (tx) => {
      const managed = await this.managed.lockManagedUser(tx, actor, id);
      if (before) assertUnchanged(before.toSorted(), managed.powers.directPermissions.toSorted());
      await this.grantPermissions(tx, actor, managed, codenames);
      return managed.user;
    });
  }

  /** As `setRoles`, for an account that the caller's transaction has locked. */
  async giveRoles(
    tx: EntityManager,
    actor: SignedInActor,
    { user, powers }: ManagedUser,
    names: string[],
  ): Promise<void> {
    const roles = await this.roles.findRoles(tx, names);
    const given = roles.filter(({ name }) => !powers.roles.includes(name));
    assertHasRoles(
      actor.principal,
      given.map(({ name }) => name),
    );
    const granted = await this.roles.permissionsOf(
      tx,
      given.map(({ id }) => id),
    );
    assertHolds(actor.principal, granted);
    await this.memberships.setRoles(tx, user.id, roles);
    const change = { old: powers.roles, new: roles.map(({ name }) => name).toSorted() };
    await this.recordIfDifferent(tx, actor, user, 'user.roles_changed', 'roles', change);
  }

  /** As `setPermissions`, for an account that the caller's transaction has locked. */
  async grantPermissions(
    tx: EntityManager,
    actor: SignedInActor,
    { user, powers }: ManagedUser,
    codenames: string[],
  ): Promise<void> {
    await this.permissions.assertKnown(tx, codenames);
    const granted = codenames.filter((codename) => !powers.directPermissions.includes(codename));
    assertHolds(actor.principal, granted);
    await this.memberships.setPermissions(tx, user.id, codenames);
    const change = { old: powers.directPermissions, new: codenames.toSorted() };
    await this.recordIfDifferent(
      tx,
      actor,
      user,
      'user.permissions_changed',
      'permissions',
      change,
    );
  }

  /** What has been given to a user, as it is now. */
  async powersGivenTo(id: string): Promise<GivenPowers> {
    return this.permissions.powersGivenTo(this.dataSource.manager, id);
  }

  /** What a user may do, and why, by codename. Throws `AppError` 404, 422 for an invalid cursor. */
  async explain(id: string, query: PageQuery): Promise<UserPermissionsDto> {
    const user = await this.users.findById(id);
    if (!user) throw new AppError('not_found');
    const { isActive, isSuperuser } = user;
    const page = mapPage(await this.permissions.sourcesOf(user, query), (permission) => ({
      codename: permission.codename,
      description: permission.description,
      holds: isActive,
      sources: sourcesOf(permission, isSuperuser),
    }));
    return { isActive, isSuperuser, ...page };
  }

  private async recordIfDifferent(
    tx: EntityManager,
    actor: SignedInActor,
    user: User,
    action: 'user.roles_changed' | 'user.permissions_changed',
    field: string,
    change: { old: string[]; new: string[] },
  ): Promise<void> {
    if (change.old.join() === change.new.join()) return;
    await this.audit.recordEvent(tx, action, actor, userSubject(user.id), {
      changes: { [field]: change },
    });
  }
}

function sourcesOf(permission: SourcedPermission, isSuperuser: boolean): PermissionSourceDto[] {
  return [
    ...(isSuperuser ? [{ type: 'superuser' as const }] : []),
    ...(permission.isDirect ? [{ type: 'direct' as const }] : []),
    ...permission.throughRoles.map((role) => ({ type: 'role' as const, role })),
  ];
}
