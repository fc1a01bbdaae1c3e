import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Grants } from '../common/grants.js';
import { PERMISSIONS_OF_USER, ROLES_OF_USER } from './permissions.sql.js';

/** Who may do what. */
@Injectable()
export class PermissionsService {
  constructor(private readonly dataSource: DataSource) {}

  /** The roles and permissions of a user; none for one who does not exist. */
  async of(userId: string): Promise<Grants> {
    const [grants] = await this.dataSource.query<Grants[]>(
      `SELECT ${ROLES_OF_USER} AS roles, ${PERMISSIONS_OF_USER} AS permissions
       FROM users u WHERE u.id = $1`,
      [userId],
    );
    return grants ?? { roles: [], permissions: [] };
  }
}
