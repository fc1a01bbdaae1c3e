import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AuditChainService } from './audit-chain.service.js';
import { AuditController } from './audit.controller.js';
import { AuditLog } from './audit-log.js';
import { AuditService } from './audit.service.js';
import { AuditStatisticsService } from './audit-statistics.service.js';
import { AuditTrailService } from './audit-trail.service.js';
import { ReachedLimits } from './reached-limits.js';

@Module({
  imports: [JobsModule, ThrottlingModule],
  controllers: [AuditController],
  providers: [
    AuditService,
    AuditLog,
    AuditTrailService,
    AuditStatisticsService,
    AuditChainService,
    ReachedLimits,
  ],
  exports: [AuditService, AuditChainService, AuditTrailService, AuditStatisticsService],
})
export class AuditModule {}
