import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ChangeFeed } from './change-feed.js';
import { DatabaseMetrics } from './database-metrics.js';

@Module({
  imports: [MetricsModule],
  providers: [ChangeFeed, DatabaseMetrics],
  exports: [ChangeFeed],
})
export class ChangeFeedModule {}
