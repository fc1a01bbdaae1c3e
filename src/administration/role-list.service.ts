import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { decodeCursor, encodeCursor, type Page, type PageQuery, pageOf } from '../common/page.js';
import type { PermissionDto } from './permission.dto.js';
import type { RoleDto } from './role.dto.js';

/** How many roles a form offers. */
const MOST = 1_000;
const LIST = 'roles by name';
const ROLES = `
  SELECT r.id, r.name, r.description,
         ARRAY(SELECT permission_codename::text FROM role_permissions
               WHERE role_id = r.id ORDER BY 1) AS permissions,
         (SELECT count(*)::integer FROM user_roles WHERE role_id = r.id) AS "userCount"
  FROM roles r`;

/** Looking at roles, and at what they can grant. */
@Injectable()
export class RoleListService {
  constructor(private readonly dataSource: DataSource) {}

  /** Roles by name. Throws `AppError` 422 for a cursor that is none. */
  async list({ limit, cursor }: PageQuery): Promise<Page<RoleDto>> {
    const [after = ''] = cursor
      ? decodeCursor(cursor, LIST, ([name]) => name !== undefined && !name.includes('\0'))
      : [];
    const rows = await this.dataSource.query<RoleDto[]>(
      `${ROLES} WHERE r.name > $1 ORDER BY r.name LIMIT $2`,
      [after, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      ({ name }) => encodeCursor(LIST, [name]),
      (role) => role,
    );
  }

  /** Every role there is, by name, as far as a form can show them. */
  async all(): Promise<RoleDto[]> {
    return this.dataSource.query<RoleDto[]>(`${ROLES} ORDER BY r.name LIMIT ${MOST}`);
  }

  /** The names of all roles, as far as a form can show them. Nobody is counted: many may have a role. */
  async names(): Promise<string[]> {
    const rows = await this.dataSource.query<{ name: string }[]>(
      `SELECT name FROM roles ORDER BY name LIMIT ${MOST}`,
    );
    return rows.map(({ name }) => name);
  }

  /** Throws `AppError` 404. */
  async get(id: string): Promise<RoleDto> {
    const [role] = await this.dataSource.query<RoleDto[]>(`${ROLES} WHERE r.id = $1`, [id]);
    if (!role) throw new AppError('not_found');
    return role;
  }

  /** Every permission there is, by codename. */
  async permissions(): Promise<PermissionDto[]> {
    return this.dataSource.query('SELECT codename, description FROM permissions ORDER BY 1');
  }
}
