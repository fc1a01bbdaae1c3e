import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { AppError } from '../http/app-error.js';
import { skeletonOf } from '../common/look-alikes.js';
import { MAX_LIMIT } from '../http/page.js';
import { isUniqueViolation } from '../platform/database/unique-violation.js';
import { ADMIN_ROLE } from './permission-catalogue.js';
import { ReliedOnRoles } from './relied-on-roles.js';
import { Role } from './role.entity.js';
import { UserRole } from './user-role.entity.js';
import { RolePermission } from './role-permission.entity.js';

export interface RoleFields {
  name?: string;
  description?: string;
}

/** The one writer of roles and of what they grant, beside the synchronisation of the catalogue. */
@Injectable()
export class RolesService {
  constructor(private readonly reliedOn: ReliedOnRoles) {}

  /** A role that nobody else changes until the transaction ends. */
  async lockRole(tx: EntityManager, id: string): Promise<Role | null> {
    return tx.findOne(Role, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** Roles by name, which keep their meaning until the transaction ends. Throws `AppError` 422 for one that is unknown. */
  async findRoles(tx: EntityManager, names: string[]): Promise<Role[]> {
    const roles = await tx.find(Role, {
      where: { name: In(names) },
      order: { name: 'ASC' },
      lock: { mode: 'pessimistic_read' },
    });
    const known = new Set(roles.map(({ name }) => name));
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length === 0) return roles;
    throw AppError.validation(
      unknown.map((name) => ({
        field: 'roles',
        code: 'unknown_role',
        message: `There is no role "${name}".`,
      })),
    );
  }

  /** What a role grants: codenames, sorted. */
  async permissionsOf(tx: EntityManager, roleIds: string[]): Promise<string[]> {
    const rows = await tx.find(RolePermission, { where: { roleId: In(roleIds) } });
    return [...new Set(rows.map(({ permissionCodename }) => permissionCodename))].toSorted();
  }

  /** How many users have a role, and the ids of the first of them: a role may have very many. */
  async membersOf(tx: EntityManager, roleId: string): Promise<{ ids: string[]; count: number }> {
    const where = { roleId };
    const rows = await tx.find(UserRole, { where, order: { userId: 'ASC' }, take: MAX_LIMIT });
    return { ids: rows.map(({ userId }) => userId), count: await tx.countBy(UserRole, where) };
  }

  /** Throws `AppError` 409 `role_name_taken`. */
  async create(tx: EntityManager, fields: RoleFields): Promise<Role> {
    return this.save(
      tx,
      tx.create(Role, { ...fields, nameSkeleton: skeletonOf(fields.name ?? '') }),
    );
  }

  /** Throws `AppError` 409 `role_name_taken`, and `role_protected` for another name of such a role. */
  async updateRole(tx: EntityManager, role: Role, fields: RoleFields): Promise<Role> {
    const changed = Object.assign(tx.create(Role, role), {
      name: fields.name ?? role.name,
      description: fields.description ?? role.description,
    });
    if (changed.name !== role.name) {
      this.refuseIfReliedOn(role);
      changed.nameSkeleton = skeletonOf(changed.name);
    }
    return this.save(tx, changed);
  }

  /** Makes a role grant exactly these. The role `admin` always grants all: `AppError` 409 `role_protected`. */
  async setPermissions(tx: EntityManager, role: Role, codenames: string[]): Promise<void> {
    if (role.name === ADMIN_ROLE) {
      throw new AppError('role_protected', { detail: 'The role admin always grants everything.' });
    }
    await tx.query(
      'DELETE FROM role_permissions WHERE role_id = $1 AND permission_codename <> ALL($2)',
      [role.id, codenames],
    );
    await tx.query(
      `INSERT INTO role_permissions (role_id, permission_codename)
       SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING`,
      [role.id, codenames],
    );
  }

  /** Takes a role away from everybody. Throws `AppError` 409 `role_protected`. */
  async delete(tx: EntityManager, role: Role): Promise<void> {
    this.refuseIfReliedOn(role);
    await tx.delete(Role, { id: role.id });
  }

  private refuseIfReliedOn({ name }: Role): void {
    if (this.reliedOn.has(name)) throw new AppError('role_protected');
  }

  private async save(tx: EntityManager, role: Role): Promise<Role> {
    try {
      return await tx.save(role, { reload: true });
    } catch (error) {
      const looksTaken = isUniqueViolation(error, 'roles_name_skeleton_key');
      if (!looksTaken && !isUniqueViolation(error, 'roles_name_key')) throw error;
      const message = looksTaken
        ? 'A role with a name that looks like this one already exists.'
        : 'A role with that name already exists.';
      throw new AppError('role_name_taken', {
        errors: [{ field: 'name', code: 'role_name_taken', message }],
      });
    }
  }
}
