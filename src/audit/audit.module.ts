import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Declarations } from '../common/declarations.js';
import { JobsModule } from '../platform/jobs/jobs.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountHooks } from './account-hooks.js';
import { AuditActionCatalogue } from './audit-action-catalogue.js';
import { AuditController } from './audit.controller.js';
import { AuditExportService } from './audit-export.service.js';
import { AuditLog } from './audit-log.js';
import { AuditSealingService } from './audit-sealing.service.js';
import { AuditService } from './audit.service.js';
import { AuditStatisticsService } from './audit-statistics.service.js';
import { AuditTrailService } from './audit-trail.service.js';
import { AuditVerificationService } from './audit-verification.service.js';
import { ReachedLimits } from './reached-limits.js';

@Module({
  imports: [DiscoveryModule, JobsModule, MetricsModule, ThrottlingModule, UsersModule],
  controllers: [AuditController],
  providers: [
    {
      provide: AuditActionCatalogue,
      inject: [Declarations],
      useFactory: (declarations: Declarations) => AuditActionCatalogue.load(declarations),
    },
    AuditService,
    AccountHooks,
    AuditLog,
    AuditTrailService,
    AuditExportService,
    AuditStatisticsService,
    AuditSealingService,
    AuditVerificationService,
    ReachedLimits,
  ],
  exports: [
    AuditActionCatalogue,
    AuditService,
    AuditVerificationService,
    AuditTrailService,
    AuditExportService,
    AuditStatisticsService,
  ],
})
export class AuditModule {}
