import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ChangeFeed } from './change-feed.js';
import { DatabaseMetrics } from './database-metrics.js';
import { MonitorConnection } from './monitor-connection.js';

@Module({
  imports: [MetricsModule],
  providers: [ChangeFeed, MonitorConnection, DatabaseMetrics],
  exports: [ChangeFeed, MonitorConnection],
})
export class ChangeFeedModule {}
