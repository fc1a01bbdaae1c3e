import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Part, stretchesOf } from '../database/table-parts.js';

/** So many rows at once: no statement takes long, however much there is to delete. */
const BATCH_ROWS = 5_000;

/** Deletes sessions that are over, beside `SessionsService` as a writer of their table. */
@Injectable()
export class SessionPurgeService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Deletes sessions that have ended or expired; returns how many. The end of a session and its absolute
   * expiry have indexes. The idle expiry has none, with which every refresh would write all indexes of the
   * table: a large table is looked through in as many parts as a day has hours.
   */
  async purge(now: Date, part: Part = 'all'): Promise<number> {
    return (
      (await this.deleteWhere('ended_at IS NOT NULL')) +
      (await this.deleteWhere('absolute_expires_at <= $1', [now])) +
      (await this.deleteIdle(now, part))
    );
  }

  private async deleteWhere(condition: string, values: Date[] = []): Promise<number> {
    let total = 0;
    for (;;) {
      const [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM sessions
         WHERE id = ANY(ARRAY(SELECT id FROM sessions WHERE ${condition} LIMIT ${BATCH_ROWS}))
           AND ${condition}`,
        values,
      );
      total += count;
      if (count < BATCH_ROWS) return total;
    }
  }

  private async deleteIdle(now: Date, part: Part): Promise<number> {
    let total = 0;
    for await (const stretch of stretchesOf(this.dataSource, 'sessions', part)) {
      const [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM sessions WHERE ctid >= $2::tid AND ctid < $3::tid AND idle_expires_at <= $1`,
        [now, ...stretch],
      );
      total += count;
    }
    return total;
  }
}
