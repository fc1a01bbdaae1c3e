import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The chain over the audit trail, which can only grow as well. */
export class AuditSeals1795273000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "audit_seals" (
        "position" bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        "event_id" bigint NOT NULL,
        "key_id" character varying(16) NOT NULL,
        "personal_mac" character varying(43),
        "hash" character varying(43) NOT NULL,
        CONSTRAINT "audit_seals_event_key" UNIQUE ("event_id"),
        CONSTRAINT "audit_seals_pkey" PRIMARY KEY ("position")
      )`);
    await db.query(`
      CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_seals"
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE "audit_seals"');
  }
}
