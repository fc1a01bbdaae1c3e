import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import type { Grants } from '../../access/principal.js';
import { keysetPage, keysetQuery } from '../../http/keyset-page.js';
import type { Page } from '../../http/page.js';
import {
  HOLDERS_OF_PERMISSION,
  PERMISSIONS_OF_USER,
  ROLES_OF_USER,
} from '../../permissions/permissions.sql.js';
import { RolePermission } from '../../permissions/role-permission.entity.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import { User } from '../../users/user.entity.js';
import { RoleListService } from '../roles/role-list.service.js';
import { UserDto } from './user.dto.js';
import { orderOf } from './user-order.js';
import type { UserQueryDto } from './user-query.dto.js';
import { conditionOf } from './user-search.js';

/** Lists and searches accounts, page by page. */
@Injectable()
export class UserListService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly roles: RoleListService,
  ) {}

  /** Throws `AppError` 422 for a cursor of another list or order. */
  async list(query: UserQueryDto): Promise<Page<UserDto>> {
    const roleId = query.role === undefined ? undefined : await this.roles.idOf(query.role);
    if (roleId === null) return { items: [], nextCursor: null };
    const grantingRoles = query.permission ? await this.rolesGranting(query.permission) : [];
    const statement = this.selectFor(query, roleId, grantingRoles);
    return keysetPage(statement, query, orderOf(query), (user, raw) => {
      const { roles, permissions } = raw as unknown as Grants;
      return UserDto.of(user, { roles, permissions });
    });
  }

  /** The one statement behind a page. The planner sees the ids of roles, and so knows how many have them. */
  queryFor(
    query: UserQueryDto,
    roleId?: string,
    grantingRoles: string[] = [],
  ): SelectQueryBuilder<User> {
    const statement = this.selectFor(query, roleId, grantingRoles);
    return keysetQuery(statement, query, orderOf(query));
  }

  private selectFor(
    { search, isActive, isSuperuser, permission }: UserQueryDto,
    roleId: string | undefined,
    grantingRoles: string[],
  ): SelectQueryBuilder<User> {
    const query = this.dataSource
      .createQueryBuilder(User, 'u')
      .addSelect(ROLES_OF_USER, 'roles')
      .addSelect(PERMISSIONS_OF_USER, 'permissions');
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
    return query;
  }

  private async rolesGranting(permissionCodename: string): Promise<string[]> {
    const rows = await this.dataSource.manager.findBy(RolePermission, { permissionCodename });
    return rows.map(({ roleId }) => roleId);
  }
}
