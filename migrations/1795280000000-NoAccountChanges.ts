import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AccountChanges1795275000000 } from './1795275000000-AccountChanges.js';

/**
 * Drops the topic `account`: the profile reads the database, so nothing listens to it. A sign-in no longer runs a
 * trigger that compares whole rows.
 */
export class NoAccountChanges1795280000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const table of ['users', 'federated_identities']) {
      await db.query(`DROP TRIGGER ${table}_announce_truncate ON "${table}"`);
    }
    // Their triggers go with them.
    await db.query('DROP FUNCTION announce_accounts, announce_shown_account CASCADE');
  }

  async down(db: QueryRunner): Promise<void> {
    // The earlier migration made this one as well, and it was not dropped.
    await db.query('DROP TRIGGER identity_providers_announce_change ON "identity_providers"');
    await new AccountChanges1795275000000().up(db);
  }
}
