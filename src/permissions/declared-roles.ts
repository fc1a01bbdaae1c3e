import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, roleSubject } from '../audit/audit.service.js';
import { SYSTEM } from '../http/current-actor.decorator.js';
import { AppError } from '../http/app-error.js';
import { DeclarationError } from '../common/declaration-error.js';
import { PermissionCatalogue } from './permission-catalogue.js';
import { Role } from './role.entity.js';
import { RolesService } from './roles.service.js';

/** The roles that the product declares with its permissions, in the database. */
@Injectable()
export class DeclaredRoles {
  constructor(
    private readonly catalogue: PermissionCatalogue,
    private readonly roles: RolesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Adds the roles that do not exist, with all of their permissions, and gives the others those permissions that were just
   * added. Whatever was there before is the decision of administrators.
   * @param added the codenames that were not in the database before
   */
  async synchronize(tx: EntityManager, added: ReadonlySet<string>): Promise<void> {
    for (const [name, { codenames, file }] of this.catalogue.roles) {
      const role = await tx.findOneBy(Role, { name });
      await (role
        ? this.grant(
            tx,
            role,
            codenames.filter((codename) => added.has(codename)),
          )
        : this.grant(tx, await this.create(tx, name, file), codenames));
    }
  }

  private async create(tx: EntityManager, name: string, file: string): Promise<Role> {
    const role = await this.roles.create(tx, { name }).catch((cause: unknown) => {
      if (!(cause instanceof AppError)) throw cause;
      throw new DeclarationError(
        file,
        `the role "${name}" looks like another role in the database; rename one of them.`,
      );
    });
    await this.audit.recordEvent(tx, 'role.created', SYSTEM, roleSubject(role.id), {
      changes: { name: { old: null, new: name } },
    });
    return role;
  }

  private async grant(tx: EntityManager, role: Role, codenames: string[]): Promise<void> {
    const before = await this.roles.permissionsOf(tx, [role.id]);
    const after = [...new Set([...before, ...codenames])].toSorted();
    if (after.length === before.length) return;
    await this.roles.setPermissions(tx, role, after);
    await this.audit.recordEvent(tx, 'role.permissions_changed', SYSTEM, roleSubject(role.id), {
      changes: { permissions: { old: before, new: after } },
    });
  }
}
