import { Module } from '@nestjs/common';
import { ChangeFeedModule } from '../database/change-feed.module.js';
import { HealthController } from './health.controller.js';
import { ReadinessService } from './readiness.service.js';

@Module({
  imports: [ChangeFeedModule],
  controllers: [HealthController],
  providers: [ReadinessService],
})
export class HealthModule {}
