import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit trail tells of failures, and why. */
export class AuditReason1795270000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "audit_events" ADD "reason" character varying(60)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "audit_events" DROP COLUMN "reason"`);
  }
}
