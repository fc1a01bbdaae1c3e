import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { AuditStatisticsService } from './audit-statistics.service.js';
import { AuditTrailService } from './audit-trail.service.js';

@Module({
  controllers: [AuditController],
  providers: [AuditService, AuditTrailService, AuditStatisticsService],
  exports: [AuditService, AuditTrailService, AuditStatisticsService],
})
export class AuditModule {}
