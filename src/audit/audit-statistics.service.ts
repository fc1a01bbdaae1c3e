import { Injectable } from '@nestjs/common';
import ms from 'ms';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import type { AuditAction } from './audit-actions.js';

/** How often something happened on a day, in UTC. */
export interface DayCount {
  /** As 2026-11-21. */
  day: string;
  count: number;
}

const DAY = ms('1d');
/** So long after a day nothing of it is still being committed. */
const SETTLED_AFTER = ms('1h');

/** Counting what the audit trail tells. */
@Injectable()
export class AuditStatisticsService {
  /** What was counted of days that are over, by action and day: the trail only grows, so it stays true. */
  private readonly settled = new Map<AuditAction, Map<string, number>>();

  constructor(private readonly dataSource: GatehouseDataSource) {}

  /** How often something happened on each of the last days, today included, the oldest first. */
  async perDay(action: AuditAction, days: number): Promise<DayCount[]> {
    const now = Date.now();
    const wanted = lastDays(now, days);
    const settled = this.settled.get(action) ?? new Map<string, number>();
    const missing = wanted.find((day) => !settled.has(day))!;
    const counted = await this.countSince(action, missing);
    const counts = wanted.map((day) => ({
      day,
      count: settled.get(day) ?? counted.get(day) ?? 0,
    }));
    const over = counts.filter(({ day }) => Date.parse(day) + DAY + SETTLED_AFTER < now);
    this.settled.set(action, new Map(over.map(({ day, count }) => [day, count])));
    return counts;
  }

  /** By the index audit_events_time_idx alone. */
  private async countSince(action: AuditAction, day: string): Promise<Map<string, number>> {
    const rows = await this.dataSource.query<DayCount[]>(
      `SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*)::integer AS count
       FROM audit_events WHERE action = $1 AND occurred_at >= $2::date::timestamp AT TIME ZONE 'UTC'
       GROUP BY 1`,
      [action, day],
    );
    return new Map(rows.map((row) => [row.day, row.count]));
  }
}

/** The oldest first. Today is never settled. */
function lastDays(now: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    new Date(now - (count - 1 - i) * DAY).toISOString().slice(0, 10),
  );
}
