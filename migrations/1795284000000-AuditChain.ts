import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The head of the audit chain, and positions that the chain counts itself: numbers of a sequence are lost
 * when an attempt fails, which looks like a seal that was deleted. Seals of version 0.1 stay as they are, in
 * form 1. The application takes them over with its first seal, and signs which numbers were missing by then.
 */
export class AuditChain1795284000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "audit_chain" (
        "id" smallint NOT NULL,
        "key_id" character varying(16) NOT NULL,
        "state" text NOT NULL,
        "signature" character varying(43) NOT NULL,
        CONSTRAINT "audit_chain_single" CHECK ("id" = 1),
        CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("id")
      )`);
    // A constant default rewrites no row.
    await db.query(`ALTER TABLE "audit_seals" ADD "form" smallint NOT NULL DEFAULT 1`);
    await db.query(`ALTER TABLE "audit_seals" ALTER "form" DROP DEFAULT`);
    await db.query(`ALTER TABLE "audit_seals" ALTER "position" DROP IDENTITY`);
  }

  async down(db: QueryRunner): Promise<void> {
    // Version 0.1 would call these changed. It seals their events again.
    await db.query(`ALTER TABLE "audit_seals" DISABLE TRIGGER audit_seals_append_only`);
    await db.query(`DELETE FROM "audit_seals" WHERE "form" <> 1`);
    await db.query(`ALTER TABLE "audit_seals" ENABLE TRIGGER audit_seals_append_only`);
    await db.query(`ALTER TABLE "audit_seals" DROP COLUMN "form"`);
    await db.query(`ALTER TABLE "audit_seals" ALTER "position" ADD GENERATED ALWAYS AS IDENTITY`);
    await db.query(
      `SELECT setval(pg_get_serial_sequence('audit_seals', 'position'), max("position"))
       FROM "audit_seals" HAVING count(*) > 0`,
    );
    await db.query(`DROP TABLE "audit_chain"`);
  }
}
