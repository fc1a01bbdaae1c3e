import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Role } from './role.entity.js';

/** The one writer of which roles users have and which permissions they are granted directly. */
@Injectable()
export class MembershipsService {
  /** Gives a user exactly these roles. */
  async setRoles(tx: EntityManager, userId: string, roles: Role[]): Promise<void> {
    const ids = roles.map(({ id }) => id);
    await tx.query('DELETE FROM user_roles WHERE user_id = $1 AND role_id <> ALL($2)', [
      userId,
      ids,
    ]);
    await tx.query(
      `INSERT INTO user_roles (user_id, role_id)
       SELECT $1, * FROM unnest($2::uuid[]) ON CONFLICT DO NOTHING`,
      [userId, ids],
    );
  }

  /** Grants a user exactly these permissions directly. */
  async setPermissions(tx: EntityManager, userId: string, codenames: string[]): Promise<void> {
    await tx.query(
      'DELETE FROM user_permissions WHERE user_id = $1 AND permission_codename <> ALL($2)',
      [userId, codenames],
    );
    await tx.query(
      `INSERT INTO user_permissions (user_id, permission_codename)
       SELECT $1, * FROM unnest($2::text[]) ON CONFLICT DO NOTHING`,
      [userId, codenames],
    );
  }
}
