import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { Metrics } from '../metrics/metrics.service.js';
import { ChangeFeed } from './change-feed.js';
import { GatehouseDataSource } from './data-source.js';

/** Measures the pool of connections and the change feed. */
@Injectable()
export class DatabaseMetrics {
  constructor(dataSource: GatehouseDataSource, changes: ChangeFeed, metrics: Metrics) {
    metrics.readFrom('gatehouse_change_feed_live', () => Number(changes.isLive));
    metrics.readFrom('gatehouse_database_connections', () => {
      const pool = (dataSource.driver as PostgresDriver).master as Pool;
      const { totalCount, idleCount, waitingCount } = pool;
      return { idle: idleCount, busy: totalCount - idleCount, waiting: waitingCount };
    });
  }
}
