import { Module } from '@nestjs/common';
import { JobsModule } from '../platform/jobs/jobs.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { ThrottlingModule } from '../platform/throttling/throttling.module.js';
import { Declarations } from '../common/declarations.js';
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
  imports: [JobsModule, MetricsModule, ThrottlingModule],
  controllers: [AuditController],
  providers: [
    {
      provide: AuditActionCatalogue,
      inject: [Declarations],
      useFactory: (declarations: Declarations) => AuditActionCatalogue.load(declarations),
    },
    AuditService,
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
