import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AuditTrailService } from '../audit/audit-trail.service.js';
import { AppError } from '../http/app-error.js';
import { SYSTEM } from '../http/current-actor.decorator.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { isForeignKeyViolation } from '../platform/database/foreign-key-violation.js';
import { AppConfig } from '../platform/config/app-config.js';
import { warnOfBound } from '../platform/database/delete-old.js';
import { type Part, stretchesOf } from '../platform/database/table-parts.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { PermissionsService } from '../permissions/permissions.service.js';
import { IS_NEVER_USED } from '../users/users.sql.js';
import { UsersService } from '../users/users.service.js';

const KEPT_FOR = '90 days';
/** Accounts of one run, each of which is a transaction. The next run deletes the others. */
const MOST_ACCOUNTS = 10_000;

/**
 * Deletes accounts that a visitor registered 90 days ago and never used: nobody proved their address, nobody signed
 * in. Their usernames become free. Accounts of administrators, imports and the command line stay, and so do those
 * with a role, a permission or an open link.
 */
@Injectable()
export class NeverProvenAccounts {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly permissions: PermissionsService,
    private readonly tokens: OneTimeTokensService,
    private readonly trail: AuditTrailService,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
  ) {}

  /**
   * Deletes them by the database's clock, up to a maximum; returns how many. Where no proof is asked for, none is missing, and all accounts stay.
   * @param part of a large table of users
   */
  async purge(part: Part = 'all'): Promise<number> {
    if (this.config.emailVerification === 'none') return 0;
    let count = 0;
    for await (const stretch of stretchesOf(this.dataSource, 'users', part)) {
      const candidates = await this.dataSource.query<{ id: string }[]>(
        `SELECT id FROM users
         WHERE ctid >= $1::tid AND ctid < $2::tid AND created_at <= now() - interval '${KEPT_FOR}'
           AND ${IS_NEVER_USED}`,
        stretch,
      );
      for (const { id } of candidates) {
        if (count >= MOST_ACCOUNTS) {
          warnOfBound('users', count);
          return count;
        }
        count += (await this.purgeOne(id)) ? 1 : 0;
      }
    }
    return count;
  }

  private async purgeOne(id: string): Promise<boolean> {
    try {
      return await this.dataSource.transaction((tx) => this.deleteIfUnused(tx, id));
    } catch (error) {
      // A table of the product still refers to it, or a hook of the product refuses.
      if (isForeignKeyViolation(error) || error instanceof AppError) return false;
      throw error;
    }
  }

  private async deleteIfUnused(tx: EntityManager, id: string): Promise<boolean> {
    const user = await this.users.lockUser(tx, id);
    if (!user || user.emailVerifiedAt || user.lastLoginAt || !user.isActive || user.isSuperuser) {
      return false;
    }
    const { roles, permissions } = await this.permissions.powersGivenTo(tx, id);
    if (roles.length + permissions.length > 0) return false;
    if (await this.tokens.hasOpen(tx, id)) return false;
    if (!(await this.trail.has(tx, 'user.registered', userSubject(id)))) return false;
    const reason = 'never_proven';
    // Before the account is gone: hooks of the event may need it.
    await this.audit.recordEvent(tx, 'user.deleted', SYSTEM, userSubject(id), { reason });
    await this.users.delete(tx, user);
    return true;
  }
}
