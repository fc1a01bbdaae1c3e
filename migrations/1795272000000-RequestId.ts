import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit trail tells which request it was, as the log does. */
export class RequestId1795272000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "audit_events" ADD "request_id" uuid`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "audit_events" DROP COLUMN "request_id"`);
  }
}
