import { Module } from '@nestjs/common';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AuditTrailService } from './audit-trail.service.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { ReachedLimits } from './reached-limits.js';

@Module({
  imports: [ThrottlingModule],
  controllers: [AuditController],
  providers: [AuditService, AuditTrailService, ReachedLimits],
  exports: [AuditService],
})
export class AuditModule {}
