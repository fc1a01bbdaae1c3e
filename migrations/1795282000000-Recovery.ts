import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the owner of an account recovered it last: browsers that were known before are strangers' since. */
export class Recovery1795282000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "users" ADD "recovered_at" TIMESTAMP WITH TIME ZONE`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "users" DROP COLUMN "recovered_at"`);
  }
}
