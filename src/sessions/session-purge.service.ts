import { Injectable } from '@nestjs/common';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { deleteOld, MOST_ROWS, warnOfBound } from '../platform/database/delete-old.js';
import { type Part, stretchesOf } from '../platform/database/table-parts.js';

/** Deletes sessions that are over, beside `SessionsService` as a writer of their table. */
@Injectable()
export class SessionPurgeService {
  constructor(private readonly dataSource: GatehouseDataSource) {}

  /**
   * Deletes sessions that have ended or expired by the database's clock, up to a maximum; returns how many. The end of a session and its absolute
   * expiry have indexes. The idle expiry has none, with which every refresh would write all indexes of the
   * table: a large table is looked through in as many parts as a day has hours.
   */
  async purge(part: Part = 'all'): Promise<number> {
    return (
      (await deleteOld(this.dataSource, 'sessions', 'ended_at IS NOT NULL')) +
      (await deleteOld(this.dataSource, 'sessions', 'absolute_expires_at <= now()')) +
      (await this.deleteIdle(part))
    );
  }

  private async deleteIdle(part: Part): Promise<number> {
    let total = 0;
    for await (const stretch of stretchesOf(this.dataSource, 'sessions', part)) {
      const [, count] = await this.dataSource.query<[unknown, number]>(
        `DELETE FROM sessions WHERE ctid >= $1::tid AND ctid < $2::tid AND idle_expires_at <= now()`,
        stretch,
      );
      total += count;
      if (total >= MOST_ROWS) {
        warnOfBound('sessions', total);
        break;
      }
    }
    return total;
  }
}
