import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails on their way, links that work once, devices that were seen before. */
export class AccountLifecycle1795266000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "mails" (
        "id" uuid NOT NULL,
        "message_id" character varying(255) NOT NULL,
        "template" character varying(60) NOT NULL,
        "sealed_content" text NOT NULL,
        "created_at" timestamp with time zone NOT NULL,
        "queued_at" timestamp with time zone NOT NULL,
        "attempts" integer NOT NULL DEFAULT 0,
        "last_error" character varying(500),
        "failed_at" timestamp with time zone,
        "delivered_at" timestamp with time zone,
        CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
      )`);
    await db.query(`CREATE INDEX "mails_created_idx" ON "mails" ("created_at")`);

    await db.query(`
      CREATE TABLE "finished_jobs" (
        "job_id" bigint NOT NULL,
        "finished_at" timestamp with time zone NOT NULL,
        CONSTRAINT "finished_jobs_pkey" PRIMARY KEY ("job_id")
      )`);
    await db.query(`CREATE INDEX "finished_jobs_time_idx" ON "finished_jobs" ("finished_at")`);

    await db.query(`
      CREATE TABLE "one_time_tokens" (
        "hash" character varying(43) NOT NULL,
        "purpose" character varying(30) NOT NULL,
        "user_id" uuid NOT NULL,
        "value" character varying(254) NOT NULL,
        "value_key" text NOT NULL,
        "created_at" timestamp with time zone NOT NULL,
        "expires_at" timestamp with time zone NOT NULL,
        CONSTRAINT "one_time_tokens_pkey" PRIMARY KEY ("hash"),
        CONSTRAINT "one_time_tokens_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      )`);
    await db.query(
      `CREATE INDEX "one_time_tokens_user_idx" ON "one_time_tokens" ("user_id", "purpose")`,
    );
    await db.query(`CREATE INDEX "one_time_tokens_value_idx" ON "one_time_tokens" ("value_key")`);
    await db.query(`CREATE INDEX "one_time_tokens_expiry_idx" ON "one_time_tokens" ("expires_at")`);

    await db.query(`
      CREATE TABLE "known_devices" (
        "user_id" uuid NOT NULL,
        "device" character varying(100) NOT NULL,
        "first_seen_at" timestamp with time zone NOT NULL,
        "last_seen_at" timestamp with time zone NOT NULL,
        CONSTRAINT "known_devices_pkey" PRIMARY KEY ("user_id", "device"),
        CONSTRAINT "known_devices_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      )`);

    // What a link proves may change by hand as well; then the link is dead.
    await db.query(`
      CREATE FUNCTION end_tokens_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM one_time_tokens WHERE user_id = NEW.id AND purpose = ANY(TG_ARGV);
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_end_tokens_on_email_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN (OLD.email_key <> NEW.email_key)
      EXECUTE FUNCTION end_tokens_of_user('prove_email', 'reset_password')`);
    // A new password, a sign-in, a deactivation: nobody needs the link any more, or may use it.
    await db.query(`
      CREATE TRIGGER users_end_tokens_on_sign_in AFTER UPDATE ON "users" FOR EACH ROW
      WHEN ((OLD.last_login_at, OLD.is_active) IS DISTINCT FROM (NEW.last_login_at, NEW.is_active)
            OR (OLD.password_hash <> NEW.password_hash
                AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at))
      EXECUTE FUNCTION end_tokens_of_user('reset_password')`);
    // A new password is how an owner shuts a thief out: what the thief has asked to move to must not follow.
    await db.query(`
      CREATE FUNCTION end_email_changes_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM one_time_tokens
        WHERE user_id = NEW.id AND purpose = 'prove_email' AND value_key <> NEW.email_key;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_end_email_changes_on_password_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN (OLD.password_hash <> NEW.password_hash
            AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at)
      EXECUTE FUNCTION end_email_changes_of_user()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER users_end_email_changes_on_password_change ON "users"');
    await db.query('DROP FUNCTION end_email_changes_of_user');
    await db.query('DROP TRIGGER users_end_tokens_on_sign_in ON "users"');
    await db.query('DROP TRIGGER users_end_tokens_on_email_change ON "users"');
    await db.query('DROP FUNCTION end_tokens_of_user');
    await db.query('DROP TABLE "known_devices", "one_time_tokens", "finished_jobs", "mails"');
  }
}
