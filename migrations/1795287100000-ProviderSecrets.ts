import type { MigrationInterface, QueryRunner } from 'typeorm';

/** To which host the secret of a provider was given: it goes to no other. */
export class ProviderSecrets1795287100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `ALTER TABLE "identity_providers" ADD COLUMN "token_origin" character varying(500)`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "identity_providers" DROP COLUMN "token_origin"`);
  }
}
