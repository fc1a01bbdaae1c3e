import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { LimitsService } from './limits.service.js';

/** Limits on what people may do how often. */
@Module({ imports: [MetricsModule], providers: [LimitsService], exports: [LimitsService] })
export class ThrottlingModule {}
