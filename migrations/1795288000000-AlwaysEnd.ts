import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The table and the name of each. */
const TRIGGERS = [
  ['sessions', 'sessions_end_surplus'],
  ['users', 'users_end_password_failures_on_password_change'],
  ['users', 'users_end_tokens_on_password_change'],
];

/** What ends something for security ends it in a session of replication as well (ADR 3). */
export class AlwaysEnd1795288000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const [table, trigger] of TRIGGERS) {
      await db.query(`ALTER TABLE "${table}" ENABLE ALWAYS TRIGGER "${trigger}"`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const [table, trigger] of TRIGGERS) {
      await db.query(`ALTER TABLE "${table}" ENABLE TRIGGER "${trigger}"`);
    }
  }
}
