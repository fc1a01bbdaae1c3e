import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../http/app-error.js';
import type { Grants } from '../access/principal.js';
import { decodeCursor, encodeCursor, type Page, pageOf, type PageQuery } from '../http/page.js';
import { isOneText } from '../http/page-position.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import {
  DIRECT_PERMISSIONS_OF_USER,
  GRANTED_PERMISSIONS_OF_USER,
  PERMISSIONS_OF_USER,
  ROLES_OF_USER,
} from './permissions.sql.js';

/** Whether a user holds a permission, and why. */
export interface Explanation {
  holds: boolean;
  isActive: boolean;
  isSuperuser: boolean;
  /** Granted to the user directly. */
  isDirect: boolean;
  /** Names of the user's roles that grant it, sorted. */
  throughRoles: string[];
}

/** What has been given to a user, whether the account is active or not. All sorted. */
export interface GivenPowers {
  roles: string[];
  /** Granted directly or by a role. */
  permissions: string[];
  directPermissions: string[];
}

/** A permission that a user has been given, and why. */
export interface SourcedPermission {
  codename: string;
  description: string;
  isDirect: boolean;
  throughRoles: string[];
}

const SOURCES = 'permissions of a user by codename';

/** Who may do what. */
@Injectable()
export class PermissionsService {
  constructor(private readonly dataSource: GatehouseDataSource) {}

  /** The roles and permissions of a user; none for one who does not exist. */
  async grantsOf(userId: string): Promise<Grants> {
    const [grants] = await this.dataSource.query<Grants[]>(
      `SELECT ${ROLES_OF_USER} AS roles, ${PERMISSIONS_OF_USER} AS permissions
       FROM users u WHERE u.id = $1`,
      [userId],
    );
    return grants ?? { roles: [], permissions: [] };
  }

  /** What a user has been given, as of the caller's transaction. */
  async powersGivenTo(tx: EntityManager, userId: string): Promise<GivenPowers> {
    const [powers] = await tx.query<GivenPowers[]>(
      `SELECT ${ROLES_OF_USER} AS roles, ${GRANTED_PERMISSIONS_OF_USER} AS permissions,
              ${DIRECT_PERMISSIONS_OF_USER} AS "directPermissions"
       FROM users u WHERE u.id = $1`,
      [userId],
    );
    return powers ?? { roles: [], permissions: [], directPermissions: [] };
  }

  /**
   * The permissions that a user has been given or, as a superuser, has anyway, by codename; each with its sources.
   * Throws `AppError` 422 for an invalid cursor.
   */
  async sourcesOf(
    { id, isSuperuser }: { id: string; isSuperuser: boolean },
    { limit, cursor }: PageQuery,
  ): Promise<Page<SourcedPermission>> {
    const after = cursor === undefined ? '' : decodeCursor(cursor, SOURCES, isOneText)[0]!;
    const rows = await this.dataSource.query<SourcedPermission[]>(
      `SELECT p.codename, p.description, up.user_id IS NOT NULL AS "isDirect",
              coalesce(through.roles, '{}') AS "throughRoles"
       FROM permissions p
       LEFT JOIN user_permissions up ON up.permission_codename = p.codename AND up.user_id = $1
       LEFT JOIN (SELECT rp.permission_codename, array_agg(r.name::text ORDER BY r.name) AS roles
                  FROM user_roles ur
                  JOIN role_permissions rp ON rp.role_id = ur.role_id
                  JOIN roles r ON r.id = ur.role_id
                  WHERE ur.user_id = $1
                  GROUP BY rp.permission_codename) AS through
         ON through.permission_codename = p.codename
       WHERE p.codename > $3 AND ($2 OR up.user_id IS NOT NULL OR through.roles IS NOT NULL)
       ORDER BY p.codename LIMIT $4`,
      [id, isSuperuser, after, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      ({ codename }) => encodeCursor(SOURCES, [codename]),
      (row) => row,
    );
  }

  /** Throws `AppError` 422 for a codename that the database does not know. */
  async assertKnown(tx: EntityManager, codenames: string[]): Promise<void> {
    const unknown = await tx.query<{ codename: string }[]>(
      `SELECT codename FROM unnest($1::text[]) AS codename
       WHERE codename NOT IN (SELECT codename FROM permissions)`,
      [codenames],
    );
    if (unknown.length === 0) return;
    throw AppError.validation(
      unknown.map(({ codename }) => ({
        field: 'permissions',
        code: 'unknown_permission',
        message: `There is no permission "${codename}".`,
      })),
    );
  }

  /** Whether a user holds a permission now, by the database and not by a session. */
  async hasPermission(userId: string, codename: string): Promise<boolean> {
    return (await this.explainPermission(userId, codename))?.holds ?? false;
  }

  /** Every source from which a user has a permission; undefined for a user who does not exist. */
  async explainPermission(userId: string, codename: string): Promise<Explanation | undefined> {
    const [row] = await this.dataSource.query<Omit<Explanation, 'holds'>[]>(
      `SELECT u.is_active AS "isActive", u.is_superuser AS "isSuperuser",
              EXISTS (SELECT FROM user_permissions up
                      WHERE up.user_id = u.id AND up.permission_codename = $2) AS "isDirect",
              ARRAY(SELECT r.name::text FROM user_roles ur
                    JOIN role_permissions rp ON rp.role_id = ur.role_id AND rp.permission_codename = $2
                    JOIN roles r ON r.id = ur.role_id
                    WHERE ur.user_id = u.id ORDER BY 1) AS "throughRoles"
       FROM users u WHERE u.id = $1`,
      [userId, codename],
    );
    if (!row) return undefined;
    const isGranted = row.isSuperuser || row.isDirect || row.throughRoles.length > 0;
    return { ...row, holds: row.isActive && isGranted };
  }

  /** The ids of all active users who hold a permission, superusers included. */
  async usersWith(codename: string): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT u.id FROM users u WHERE u.is_active AND (
         u.is_superuser
         OR u.id IN (SELECT user_id FROM user_permissions WHERE permission_codename = $1)
         OR u.id IN (SELECT ur.user_id FROM role_permissions rp
                     JOIN user_roles ur ON ur.role_id = rp.role_id
                     WHERE rp.permission_codename = $1))
       ORDER BY u.username_key`,
      [codename],
    );
    return rows.map(({ id }) => id);
  }
}
