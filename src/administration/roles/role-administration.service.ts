import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, roleSubject } from '../../audit/audit.service.js';
import type { Changes } from '../../audit/audit-event.entity.js';
import { AppError } from '../../http/app-error.js';
import type { SignedInActor } from '../../http/current-actor.decorator.js';
import { holds, type Principal } from '../../access/principal.js';
import { assertRecentLogin } from '../../http/recent-login.js';
import { ADMIN_ROLE } from '../../permissions/permission-catalogue.js';
import { PermissionsService } from '../../permissions/permissions.service.js';
import { ReliedOnRoles } from '../../permissions/relied-on-roles.js';
import type { Role } from '../../permissions/role.entity.js';
import { ROLES } from '../../permissions/roles.permissions.js';
import { type RoleFields, RolesService } from '../../permissions/roles.service.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { assertHolds, assertUnchanged } from '../users/powers.js';
import type { RoleDto } from './role.dto.js';

/** What a visitor could do with a role. */
export interface RoleOffers {
  mayChange: boolean;
  mayRename: boolean;
  mayChangePermissions: boolean;
  mayDelete: boolean;
}

/** Making roles and deciding what they grant. Nobody touches a role that grants more than they hold. */
@Injectable()
export class RoleAdministrationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly roles: RolesService,
    private readonly permissions: PermissionsService,
    private readonly reliedOnRoles: ReliedOnRoles,
    private readonly audit: AuditService,
  ) {}

  /** What a visitor could do with a role, as it is now: what its pages offer. */
  offersFor(principal: Principal, { name, permissions }: RoleDto): RoleOffers {
    const may = (codename: string) =>
      [codename, ...permissions].every((one) => holds(principal, one));
    const isProtected = this.reliedOnRoles.has(name);
    return {
      mayChange: may(ROLES.change),
      mayRename: may(ROLES.change) && !isProtected,
      mayChangePermissions: may(ROLES.change) && name !== ADMIN_ROLE,
      mayDelete: may(ROLES.delete) && !isProtected,
    };
  }

  /** Returns the id. Throws `AppError` 409 `role_name_taken`. */
  async create(actor: SignedInActor, fields: RoleFields): Promise<string> {
    return this.dataSource.transaction(async (tx) => {
      const role = await this.roles.create(tx, fields);
      await this.audit.recordEvent(tx, 'role.created', actor, roleSubject(role.id), {
        changes: changesBetween({ name: null, description: null }, role),
      });
      return role.id;
    });
  }

  /**
   * Throws `AppError` 404, 403, also `recent_login_required` for the name, 409 `role_name_taken` and
   * `role_protected`.
   */
  async changeRole(actor: SignedInActor, id: string, fields: RoleFields): Promise<void> {
    // A route may ask for a role by its name.
    if (fields.name !== undefined) assertRecentLogin(actor);
    await this.dataSource.transaction(async (tx) => {
      const { role } = await this.lock(tx, actor, id);
      const changes = changesBetween(role, await this.roles.updateRole(tx, role, fields));
      if (Object.keys(changes).length === 0) return;
      await this.audit.recordEvent(tx, 'role.updated', actor, roleSubject(id), { changes });
    });
  }

  /**
   * Throws `AppError` 404, 403 for what the caller does not hold and `recent_login_required`, 422, 409 `role_protected`, and `conflict`
   * when the role does not grant what the caller has seen.
   */
  async setPermissions(
    actor: SignedInActor,
    id: string,
    codenames: string[],
    before?: string[],
  ): Promise<void> {
    assertRecentLogin(actor);
    await this.dataSource.transaction(async (tx) => {
      const { role, granted } = await this.lock(tx, actor, id);
      if (before) assertUnchanged(before.toSorted(), granted.toSorted());
      await this.permissions.assertKnown(tx, codenames);
      assertHolds(actor.principal, codenames);
      await this.roles.setPermissions(tx, role, codenames);
      const permissions = { old: granted, new: codenames.toSorted() };
      if (permissions.old.join() === permissions.new.join()) return;
      await this.audit.recordEvent(tx, 'role.permissions_changed', actor, roleSubject(id), {
        changes: { permissions },
      });
    });
  }

  /** Throws `AppError` 404, 403, 409 `role_protected`. */
  async delete(actor: SignedInActor, id: string): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      const { role, granted } = await this.lock(tx, actor, id);
      const members = await this.roles.membersOf(tx, id);
      await this.roles.delete(tx, role);
      await this.audit.recordEvent(tx, 'role.deleted', actor, roleSubject(id), {
        changes: {
          name: { old: role.name, new: null },
          permissions: { old: granted, new: null },
          users: { old: members.ids, new: null },
          userCount: { old: members.count, new: null },
        },
      });
    });
  }

  private async lock(
    tx: EntityManager,
    { principal }: SignedInActor,
    id: string,
  ): Promise<{ role: Role; granted: string[] }> {
    const role = await this.roles.lockRole(tx, id);
    if (!role) throw new AppError('not_found');
    const granted = await this.roles.permissionsOf(tx, [id]);
    assertHolds(principal, granted);
    return { role, granted };
  }
}

type Described = Record<'name' | 'description', string | null>;

function changesBetween(before: Described, after: Described): Changes {
  return Object.fromEntries(
    (['name', 'description'] as const)
      .filter((field) => before[field] !== after[field])
      .map((field) => [field, { old: before[field], new: after[field] }]),
  );
}
