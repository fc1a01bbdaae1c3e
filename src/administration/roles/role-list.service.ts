import { Injectable } from '@nestjs/common';
import { AppError } from '../../http/app-error.js';
import { decodeCursor, encodeCursor, type Page, type PageQuery, pageOf } from '../../http/page.js';
import { isOneText } from '../../http/page-position.js';
import { Role } from '../../permissions/role.entity.js';
import { GatehouseDataSource } from '../../platform/database/data-source.js';
import type { PermissionDto } from './permission.dto.js';
import type { RoleDto } from './role.dto.js';

/** How many names of roles a filter suggests. */
const SUGGESTED = 100;
/** How many of the roles that grant a permission are named. */
const NAMED = 10;
const LIST = 'roles by name';
const PERMISSIONS = 'permissions by codename';
const ROLES = `
  SELECT r.id, r.name, r.description,
         ARRAY(SELECT permission_codename::text FROM role_permissions
               WHERE role_id = r.id ORDER BY 1) AS permissions,
         (SELECT count(*)::integer FROM user_roles WHERE role_id = r.id) AS "userCount"
  FROM roles r`;

/** A permission and the roles that grant it. */
export interface GrantedPermission extends PermissionDto {
  /** The first by name. */
  roles: { id: string; name: string }[];
  /** How many there are. */
  roleCount: number;
}

/** Looking at roles, and at what they can grant. */
@Injectable()
export class RoleListService {
  constructor(private readonly dataSource: GatehouseDataSource) {}

  /** Roles by name. Throws `AppError` 422 for an invalid cursor. */
  async list({ limit, cursor }: PageQuery): Promise<Page<RoleDto>> {
    const rows = await this.dataSource.query<RoleDto[]>(
      `${ROLES} WHERE r.name > $1 ORDER BY r.name LIMIT $2`,
      [after(LIST, cursor), limit + 1],
    );
    return pageOf(rows, limit, ({ name }) => encodeCursor(LIST, [name]), asItIs);
  }

  /** The first names of roles, to be suggested. Their members are not counted, because they may be many. */
  async names(): Promise<string[]> {
    const rows = await this.dataSource.query<{ name: string }[]>(
      `SELECT name FROM roles ORDER BY name LIMIT ${SUGGESTED}`,
    );
    return rows.map(({ name }) => name);
  }

  /** The id of the role of a name; null when there is none. */
  async idOf(name: string): Promise<string | null> {
    const role = await this.dataSource.manager.findOneBy(Role, { name });
    return role?.id ?? null;
  }

  /** Throws `AppError` 404. */
  async get(id: string): Promise<RoleDto> {
    const [role] = await this.dataSource.query<RoleDto[]>(`${ROLES} WHERE r.id = $1`, [id]);
    if (!role) throw new AppError('not_found');
    return role;
  }

  /** Permissions by codename. Throws `AppError` 422 for an invalid cursor. */
  async permissions(query: PageQuery): Promise<Page<PermissionDto>> {
    return this.pageOfPermissions('', query);
  }

  /** The same, each with the roles that grant it. */
  async grants(query: PageQuery): Promise<Page<GrantedPermission>> {
    return this.pageOfPermissions(
      `, (SELECT count(*)::integer FROM role_permissions WHERE permission_codename = codename) AS "roleCount",
       (SELECT coalesce(json_agg(named), '[]') FROM
         (SELECT r.id, r.name FROM role_permissions rp JOIN roles r ON r.id = rp.role_id
          WHERE rp.permission_codename = codename ORDER BY r.name LIMIT ${NAMED}) AS named) AS roles`,
      query,
    );
  }

  private async pageOfPermissions<Row extends PermissionDto>(
    further: string,
    { limit, cursor }: PageQuery,
  ): Promise<Page<Row>> {
    const rows = await this.dataSource.query<Row[]>(
      `SELECT codename, description ${further} FROM permissions
       WHERE codename > $1 ORDER BY codename LIMIT $2`,
      [after(PERMISSIONS, cursor), limit + 1],
    );
    return pageOf(rows, limit, ({ codename }) => encodeCursor(PERMISSIONS, [codename]), asItIs);
  }
}

/** The name that a cursor ends with. */
function after(list: string, cursor: string | undefined): string {
  return cursor === undefined ? '' : decodeCursor(cursor, list, isOneText)[0]!;
}

function asItIs<Row>(row: Row): Row {
  return row;
}
