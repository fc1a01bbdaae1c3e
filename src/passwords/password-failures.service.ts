import { Injectable } from '@nestjs/common';
import sql from 'sql-template-tag';
import type { EntityManager } from 'typeorm';
import { MacKeys } from '../common/secret-keys.js';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { deleteOld } from '../platform/database/delete-old.js';
import { runPrepared } from '../platform/database/run-prepared.js';
import { PasswordFailure } from './password-failure.entity.js';
import { STRANGERS } from './password-failures.sql.js';

/** No device is known for longer: a browser has its cookie for this time. */
const DEVICE_KNOWN_FOR = '180 days';

/**
 * Wrong passwords in a row. Strangers have one row for an account, and each known device has its own, so that
 * strangers cannot fill the owner's (NIST SP 800-63B-4 section 3.2.2). The one writer of its table, next to the
 * trigger that deletes all rows of an account with its password.
 */
@Injectable()
export class PasswordFailures {
  private readonly keys: MacKeys;

  constructor(
    private readonly dataSource: GatehouseDataSource,
    config: AppConfig,
  ) {
    this.keys = new MacKeys(config, 'password-failures');
  }

  /** What stands for a known device in the table; undefined: for all strangers. */
  rowOf(device: string | undefined): string {
    return device === undefined ? STRANGERS : this.keys.sign(device);
  }

  /** All names of a row: `rowOf` first, then those under previous secrets. */
  rowsOf(device: string | undefined): string[] {
    return device === undefined ? [STRANGERS] : this.keys.signByAll(device);
  }

  /** The failures of a device in what `failuresByDevice` returned for all its names. */
  failuresOf(found: Record<string, number>, device: string | undefined): number {
    return this.rowsOf(device).reduce((sum, row) => sum + (found[row] ?? 0), 0);
  }

  /** The length of the row of a device. */
  async countFailures(userId: string, device: string): Promise<number> {
    await this.renew(userId, device);
    const where = { userId, device: this.rowOf(device) };
    return (await this.dataSource.manager.findOneBy(PasswordFailure, where))?.failures ?? 0;
  }

  /** Brings the row that a previous `APP_SECRET` named under the name of the current one. */
  async renew(userId: string, device: string): Promise<void> {
    if (!this.keys.hasPrevious) return;
    const [row, ...previous] = this.rowsOf(device);
    // The account first, as everything that ends its rows locks it first.
    await runPrepared(
      this.dataSource,
      'password_failures_renew',
      sql`
        WITH account AS MATERIALIZED (SELECT id FROM users WHERE id = ${userId} FOR KEY SHARE),
        renamed AS (
          DELETE FROM password_failures USING account
          WHERE user_id = account.id AND device = ANY(${previous}::text[])
          RETURNING failures, last_failed_at)
        INSERT INTO password_failures AS f (user_id, device, failures, last_failed_at)
        SELECT ${userId}, ${row}, sum(failures), max(last_failed_at) FROM renamed HAVING count(*) > 0
        ON CONFLICT (user_id, device) DO UPDATE
        SET failures = f.failures + EXCLUDED.failures,
            last_failed_at = greatest(f.last_failed_at, EXCLUDED.last_failed_at)`,
    );
  }

  /** Counts one. Returns the length of the row with it; 0 without an account, after the same statement. */
  async addFailure(
    tx: EntityManager,
    userId: string | undefined,
    row: string,
    now: Date,
  ): Promise<number> {
    // The account first, as everything that ends its rows locks it first.
    const [counted] = await tx.query<{ failures: number }[]>(
      `INSERT INTO password_failures AS f (user_id, device, failures, last_failed_at)
       SELECT id, $2, 1, $3 FROM (SELECT id FROM users WHERE id = $1 FOR KEY SHARE) AS account
       ON CONFLICT (user_id, device) DO UPDATE
       SET failures = f.failures + 1, last_failed_at = EXCLUDED.last_failed_at
       RETURNING failures`,
      [userId ?? null, row, now],
    );
    return counted?.failures ?? 0;
  }

  /** Deletes the rows of devices that are no longer known. The row of strangers stays, however slowly it grows. */
  async purge(): Promise<void> {
    const condition = `device <> '${STRANGERS}' AND last_failed_at <= now() - interval '${DEVICE_KNOWN_FOR}'`;
    await deleteOld(this.dataSource, 'password_failures', condition);
  }
}
