import { Injectable } from '@nestjs/common';
import { isISO8601 } from 'class-validator';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import type { Grants } from '../common/grants.js';
import { decodeCursor, encodeCursor, type Page, pageOf } from '../common/page.js';
import {
  HOLDERS_OF_PERMISSION,
  PERMISSIONS_OF_USER,
  ROLES_OF_USER,
} from '../permissions/permissions.sql.js';
import { RolePermission } from '../permissions/role-permission.entity.js';
import { Role } from '../permissions/role.entity.js';
import { SEARCHED_TEXT } from '../users/user-search.sql.js';
import { User } from '../users/user.entity.js';
import { UserDto } from './user.dto.js';
import type { USER_ORDERS, UserQueryDto } from './user-query.dto.js';

/** What each order compares, and how a position in it is read back. Each has an index that ends in the id. */
const ORDERS: Record<(typeof USER_ORDERS)[number], { column: string; type: string }> = {
  username: { column: 'u.username_key', type: 'text' },
  email: { column: 'u.email_key', type: 'text' },
  createdAt: { column: 'u.created_at', type: 'timestamptz' },
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_WORDS = 10;

/** Looking through the accounts, page by page, as fast on a million as on ten. */
@Injectable()
export class UserListService {
  constructor(private readonly dataSource: DataSource) {}

  /** Throws `AppError` 422 for a cursor of another list or order. */
  async list(query: UserQueryDto): Promise<Page<UserDto>> {
    const roleId = query.role === undefined ? undefined : await this.roleIdOf(query.role);
    if (roleId === null) return { items: [], nextCursor: null };
    const grantingRoles = query.permission ? await this.rolesGranting(query.permission) : [];
    const statement = this.queryFor(query, roleId, grantingRoles);
    const { entities, raw } = await statement.getRawAndEntities<Grants & { position: string }>();
    const rows = entities.map((user, i) => ({ user, ...raw[i]! }));
    return pageOf(
      rows,
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
    const { column, type } = ORDERS[order.replace('-', '') as keyof typeof ORDERS];
    const isDescending = order.startsWith('-');
    const query = this.dataSource
      .createQueryBuilder(User, 'u')
      .addSelect(ROLES_OF_USER, 'roles')
      .addSelect(PERMISSIONS_OF_USER, 'permissions')
      .addSelect(`${column}::text`, 'position')
      .orderBy(column, isDescending ? 'DESC' : 'ASC')
      .addOrderBy('u.id', isDescending ? 'DESC' : 'ASC')
      .limit(limit + 1);
    for (const [i, word] of wordsOf(search).entries()) {
      query.andWhere(`${SEARCHED_TEXT} LIKE lower(:word${i})`, { [`word${i}`]: patternOf(word) });
    }
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
    if (cursor !== undefined) {
      const [position, id] = decodeCursor(cursor, listName({ order }), isPositionOf(type));
      query.andWhere(
        `(${column}, u.id) ${isDescending ? '<' : '>'} (:position::${type}, :id::uuid)`,
        {
          position,
          id,
        },
      );
    }
    return query;
  }

  private async rolesGranting(permissionCodename: string): Promise<string[]> {
    const rows = await this.dataSource.manager.findBy(RolePermission, { permissionCodename });
    return rows.map(({ roleId }) => roleId);
  }

  private async roleIdOf(name: string): Promise<string | null> {
    const role = await this.dataSource.manager.findOneBy(Role, { name });
    return role?.id ?? null;
  }
}

function listName({ order }: { order: string }): string {
  return `users by ${order}`;
}

function isPositionOf(type: string): (position: string[]) => boolean {
  return ([value, id, ...rest]) =>
    value !== undefined &&
    !value.includes('\0') &&
    (type !== 'timestamptz' || isTime(value)) &&
    UUID.test(id ?? '') &&
    rest.length === 0;
}

/** A time as PostgreSQL writes it: "2026-11-21 09:00:00.123456+00". */
function isTime(value: string): boolean {
  const iso = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-](?:0\d|1[0-5])(?::\d\d)?)$/.exec(
    value,
  );
  return iso !== null && isISO8601(`${iso[1]}T${iso[2]}`, { strict: true });
}

function wordsOf(search = ''): string[] {
  const words = search.replaceAll('\0', ' ').normalize('NFKC').split(/\s+/u).filter(Boolean);
  return words.slice(0, MAX_WORDS);
}

// Three letters in a row are what the index can look up; fewer, only where a word begins.
function patternOf(word: string): string {
  const literal = word.replaceAll(/[\\%_]/g, String.raw`\$&`);
  return Array.from(word).length < 3 ? `% ${literal}%` : `%${literal}%`;
}
