import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { lockUntilEnd } from '../platform/database/advisory-locks.js';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { SYSTEM } from '../http/current-actor.decorator.js';
import { skeletonOf } from '../common/look-alikes.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { DeclaredRoles } from './declared-roles.js';
import { ADMIN_ROLE, PermissionCatalogue } from './permission-catalogue.js';

/**
 * Brings the permissions table up to the catalogue when the application migrates, after the
 * migrations: new ones are added and given to the role `admin` and to the roles that the product declares,
 * changed descriptions updated. What has vanished from the code is reported and left alone, with all its grants.
 */
@Injectable()
export class PermissionSynchronizer implements OnModuleInit {
  private readonly logger = new Logger('Permissions');

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly catalogue: PermissionCatalogue,
    private readonly declaredRoles: DeclaredRoles,
    private readonly audit: AuditService,
  ) {}

  async onModuleInit(): Promise<void> {
    if (!this.dataSource.mayUpgrade) return;
    const vanished = await this.dataSource.transaction((tx) => this.synchronize(tx));
    if (vanished.length > 0) {
      this.logger.warn(
        `The code no longer knows these permissions, which stay in the database: ${vanished.join(', ')}`,
      );
    }
  }

  private async synchronize(tx: EntityManager): Promise<string[]> {
    const { codenames, descriptions } = this.catalogue;
    await tx.query(lockUntilEnd('permissions'));
    const known = await tx.query<{ codename: string }[]>('SELECT codename FROM permissions');
    await tx.query(
      `INSERT INTO permissions (codename, description)
       SELECT * FROM unnest($1::text[], $2::text[])
       ON CONFLICT (codename) DO UPDATE SET description = EXCLUDED.description
       WHERE permissions.description <> EXCLUDED.description`,
      [codenames, [...descriptions.values()]],
    );
    const before = new Set(known.map(({ codename }) => codename));
    const added = codenames.filter((one) => !before.has(one));
    for (const codename of added) {
      await this.audit.recordEvent(tx, 'permission.added', SYSTEM, {
        type: 'permission',
        id: codename,
      });
    }
    await tx.query(
      `INSERT INTO roles (name, description) VALUES ($1, 'May do everything')
       ON CONFLICT (name) DO NOTHING`,
      [ADMIN_ROLE],
    );
    await this.keepSkeletons(tx);
    await tx.query(
      `INSERT INTO role_permissions (role_id, permission_codename)
       SELECT r.id, p.codename FROM roles r, permissions p
       WHERE r.name = $1 AND p.codename = ANY($2)
       ON CONFLICT DO NOTHING`,
      [ADMIN_ROLE, codenames],
    );
    await this.declaredRoles.synchronize(tx, new Set(added));
    const vanished = await tx.query<{ codename: string }[]>(
      'SELECT codename FROM permissions WHERE codename <> ALL($1) ORDER BY codename',
      [codenames],
    );
    return vanished.map(({ codename }) => codename);
  }

  /** What the names of roles look like that were added in SQL. Of names that look the same the oldest keeps it. */
  private async keepSkeletons(tx: EntityManager): Promise<void> {
    const roles = await tx.query<{ id: string; name: string }[]>(
      'SELECT id, name FROM roles WHERE name_skeleton IS NULL ORDER BY created_at, name',
    );
    for (const { id, name } of roles) {
      await tx.query(
        `UPDATE roles SET name_skeleton = $2
         WHERE id = $1 AND NOT EXISTS (SELECT FROM roles WHERE name_skeleton = $2)`,
        [id, skeletonOf(name)],
      );
    }
  }
}
