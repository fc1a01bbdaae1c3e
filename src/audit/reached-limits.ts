import { Injectable, type OnModuleInit } from '@nestjs/common';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { AuditService, userSubject } from './audit.service.js';

/** Tells in the audit trail that a limit was reached (ASVS 16.3.3). */
@Injectable()
export class ReachedLimits implements OnModuleInit {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly limits: LimitsService,
    private readonly audit: AuditService,
  ) {}

  onModuleInit(): void {
    this.limits.onReached(async ({ actor, limit, userId }) => {
      const subject = userId === undefined ? { type: 'limit', id: limit } : userSubject(userId);
      await this.audit.recordEvent(this.dataSource.manager, 'limit.reached', actor, subject, {
        reason: limit,
      });
    });
  }
}
