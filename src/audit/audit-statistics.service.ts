import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { AuditAction } from './audit-actions.js';

/** How often something happened on a day, in UTC. */
export interface DayCount {
  /** As 2026-11-21. */
  day: string;
  count: number;
}

/** Counting what the audit trail tells. */
@Injectable()
export class AuditStatisticsService {
  constructor(private readonly dataSource: DataSource) {}

  /** How often something happened on each of the last days, today included, the oldest first. */
  async perDay(action: AuditAction, days: number): Promise<DayCount[]> {
    return this.dataSource.query(
      `SELECT to_char(day, 'YYYY-MM-DD') AS day, count(e.id)::integer AS count
       FROM generate_series(date_trunc('day', now() AT TIME ZONE 'UTC') - ($2 - 1) * interval '1 day',
                            date_trunc('day', now() AT TIME ZONE 'UTC'), interval '1 day') AS day
       LEFT JOIN audit_events e
         ON e.action = $1
        AND e.occurred_at >= day AT TIME ZONE 'UTC'
        AND e.occurred_at < (day + interval '1 day') AT TIME ZONE 'UTC'
       GROUP BY day ORDER BY day`,
      [action, days],
    );
  }
}
