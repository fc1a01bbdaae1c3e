import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Wrong passwords in a row: those of strangers no longer count for the devices that an account is known on. */
export class PasswordFailures1795283000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "password_failures" (
        "user_id" uuid NOT NULL,
        "device" character varying(43) NOT NULL,
        "failures" integer NOT NULL,
        "last_failed_at" timestamp with time zone NOT NULL,
        CONSTRAINT "password_failures_pkey" PRIMARY KEY ("user_id", "device"),
        CONSTRAINT "password_failures_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      )`);
    await db.query(
      `CREATE INDEX "password_failures_last_idx" ON "password_failures" ("last_failed_at")`,
    );
    await db.query(`
      INSERT INTO "password_failures" ("user_id", "device", "failures", "last_failed_at")
      SELECT "id", 'strangers', "consecutive_failures", now() FROM "users"
      WHERE "consecutive_failures" > 0`);
    await db.query(`ALTER TABLE "users" DROP COLUMN "consecutive_failures"`);
    // Nobody has failed at a new password, whoever set it. The same one hashed anew is not new.
    await db.query(`
      CREATE FUNCTION end_password_failures_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM password_failures WHERE user_id = NEW.id;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_end_password_failures_on_password_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN (OLD.password_hash <> NEW.password_hash
            AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at)
      EXECUTE FUNCTION end_password_failures_of_user()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER users_end_password_failures_on_password_change ON "users"');
    await db.query('DROP FUNCTION end_password_failures_of_user');
    await db.query(`ALTER TABLE "users" ADD "consecutive_failures" integer NOT NULL DEFAULT 0`);
    await db.query(`
      UPDATE "users" SET "consecutive_failures" = "failures" FROM "password_failures"
      WHERE "user_id" = "id" AND "device" = 'strangers'`);
    await db.query('DROP TABLE "password_failures"');
  }
}
