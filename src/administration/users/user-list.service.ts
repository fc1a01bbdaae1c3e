import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import type { Grants } from '../../access/principal.js';
import { encodeCursor, type Page, pageOf } from '../../http/page.js';
import {
  HOLDERS_OF_PERMISSION,
  PERMISSIONS_OF_USER,
  ROLES_OF_USER,
} from '../../permissions/permissions.sql.js';
import { RolePermission } from '../../permissions/role-permission.entity.js';
import { User } from '../../users/user.entity.js';
import { RoleListService } from '../roles/role-list.service.js';
import { UserDto } from './user.dto.js';
import { cursorOf, listName, orderOf } from './user-order.js';
import type { UserQueryDto } from './user-query.dto.js';
import { conditionOf } from './user-search.js';

/** Lists and searches accounts, page by page. */
@Injectable()
export class UserListService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly roles: RoleListService,
  ) {}

  /** Throws `AppError` 422 for a cursor of another list or order. */
  async list(query: UserQueryDto): Promise<Page<UserDto>> {
    const roleId = query.role === undefined ? undefined : await this.roles.idOf(query.role);
    if (roleId === null) return { items: [], nextCursor: null };
    const grantingRoles = query.permission ? await this.rolesGranting(query.permission) : [];
    const statement = this.queryFor(query, roleId, grantingRoles);
    const { entities, raw } = await statement.getRawAndEntities<Grants & { position: string }>();
    return pageOf(
      entities.map((user, i) => ({ user, ...raw[i]! })),
      query.limit,
      ({ user, position }) => encodeCursor(listName(query), [position, user.id]),
      ({ user, roles, permissions }) => UserDto.of(user, { roles, permissions }),
    );
  }

  /** The one statement behind a page. The planner sees the ids of roles, and so knows how many have them. */
  queryFor(
    { search, isActive, isSuperuser, permission, order, limit, cursor }: UserQueryDto,
    roleId?: string,
    grantingRoles: string[] = [],
  ): SelectQueryBuilder<User> {
    const { column, isDescending } = orderOf({ order });
    const direction = isDescending ? 'DESC' : 'ASC';
    const query = this.dataSource
      .createQueryBuilder(User, 'u')
      .addSelect(ROLES_OF_USER, 'roles')
      .addSelect(PERMISSIONS_OF_USER, 'permissions')
      .addSelect(`${column}::text`, 'position')
      .orderBy(column, direction)
      .addOrderBy('u.id', direction)
      .limit(limit + 1);
    const found = conditionOf(search);
    if (found) query.andWhere(found.sql, found.parameters);
    if (isActive !== undefined)
      query.andWhere(isActive === 'true' ? 'u.is_active' : 'NOT u.is_active');
    if (isSuperuser !== undefined) {
      query.andWhere(isSuperuser === 'true' ? 'u.is_superuser' : 'NOT u.is_superuser');
    }
    if (permission !== undefined) {
      query.andWhere(`u.is_active AND u.id IN (${HOLDERS_OF_PERMISSION})`, {
        permission,
        grantingRoles,
      });
    }
    if (roleId !== undefined) {
      query.andWhere('u.id IN (SELECT user_id FROM user_roles WHERE role_id = :roleId)', {
        roleId,
      });
    }
    const after = cursorOf({ cursor, order });
    if (after) query.andWhere(after.sql, after.parameters);
    return query;
  }

  private async rolesGranting(permissionCodename: string): Promise<string[]> {
    const rows = await this.dataSource.manager.findBy(RolePermission, { permissionCodename });
    return rows.map(({ roleId }) => roleId);
  }
}
