import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit trail, which can only grow, and the indexes by which administrators search and list users.
 * pg_trgm is part of PostgreSQL's contrib modules and trusted: the owner of a database may add it. It may exist
 * already, in any schema, and stays: others may use it.
 */
export class Administration1795265000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "audit_events" (
        "id" bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        "occurred_at" timestamp with time zone NOT NULL,
        "action" character varying(60) NOT NULL,
        "origin" character varying(10) NOT NULL,
        "actor_id" uuid,
        "subject_type" character varying(40) NOT NULL,
        "subject_id" character varying(100) NOT NULL,
        "session_id" uuid,
        "ip" inet,
        "user_agent" character varying(512),
        "changes" jsonb NOT NULL DEFAULT '{}',
        CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
      )`);
    await db.query(`CREATE INDEX "audit_events_actor_idx" ON "audit_events" ("actor_id", "id")`);
    await db.query(
      `CREATE INDEX "audit_events_subject_idx" ON "audit_events" ("subject_id", "id")`,
    );
    await db.query(`CREATE INDEX "audit_events_action_idx" ON "audit_events" ("action", "id")`);
    await db.query(`CREATE INDEX "audit_events_time_idx" ON "audit_events" ("occurred_at")`);
    await db.query(`
      CREATE TABLE "audit_personal_changes" (
        "event_id" bigint NOT NULL,
        "user_id" uuid NOT NULL,
        "changes" jsonb NOT NULL,
        CONSTRAINT "audit_personal_changes_pkey" PRIMARY KEY ("event_id")
      )`);
    await db.query(
      `CREATE INDEX "audit_personal_changes_user_idx" ON "audit_personal_changes" ("user_id")`,
    );

    await db.query(`
      CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% of % is refused: history is only added to', TG_OP, TG_TABLE_NAME
          USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await db.query(`
      CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_events"
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()`);
    await db.query(`
      CREATE TRIGGER audit_personal_changes_append_only BEFORE UPDATE OR TRUNCATE
      ON "audit_personal_changes" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history()`);
    // Who is gone may be forgotten, nobody else.
    await db.query(`
      CREATE FUNCTION refuse_to_forget_the_living() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM users WHERE id = OLD.user_id) THEN
          RAISE EXCEPTION 'personal history is erased with its user only'
            USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN OLD;
      END $$`);
    await db.query(`
      CREATE TRIGGER audit_personal_changes_keep BEFORE DELETE ON "audit_personal_changes"
      FOR EACH ROW EXECUTE FUNCTION refuse_to_forget_the_living()`);
    await db.query(`
      CREATE FUNCTION forget_personal_history() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM audit_personal_changes WHERE user_id = OLD.id;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_forget_personal_history AFTER DELETE ON "users"
      FOR EACH ROW EXECUTE FUNCTION forget_personal_history()`);

    await db.query(`DROP INDEX "users_email_idx"`);
    await db.query(`CREATE INDEX "users_email_idx" ON "users" ("email_key", "id")`);
    await db.query(`CREATE INDEX "users_created_idx" ON "users" ("created_at", "id")`);
    await db.query(
      `CREATE INDEX "users_inactive_idx" ON "users" ("username_key") WHERE NOT "is_active"`,
    );
    await db.query(
      `CREATE INDEX "users_superusers_idx" ON "users" ("username_key") WHERE "is_superuser"`,
    );
    await db.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    await db.query(`
      CREATE INDEX "users_search_idx" ON "users" USING gin
      (lower((' ' || username_key || ' ' || email_key || ' ' || first_name || ' ' || last_name)) ${await operatorClass(db)})`);

    // Of a session that has expired by itself, nobody needs to hear that it is purged.
    await db.query(`DROP TRIGGER sessions_announce_delete ON "sessions"`);
    await db.query(`
      CREATE TRIGGER sessions_announce_delete AFTER DELETE ON "sessions" FOR EACH ROW
      WHEN (OLD.ended_at IS NULL AND LEAST(OLD.idle_expires_at, OLD.absolute_expires_at) > now())
      EXECUTE FUNCTION announce_change('session')`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TRIGGER sessions_announce_delete ON "sessions"`);
    await db.query(`
      CREATE TRIGGER sessions_announce_delete AFTER DELETE ON "sessions" FOR EACH ROW
      WHEN (OLD.ended_at IS NULL)
      EXECUTE FUNCTION announce_change('session')`);
    await db.query(`DROP INDEX "users_search_idx", "users_superusers_idx", "users_inactive_idx",
      "users_created_idx", "users_email_idx"`);
    await db.query(`CREATE INDEX "users_email_idx" ON "users" ("email_key")`);
    await db.query(`DROP TRIGGER users_forget_personal_history ON "users"`);
    await db.query('DROP TABLE "audit_personal_changes", "audit_events"');
    await db.query(
      'DROP FUNCTION refuse_change_of_history, refuse_to_forget_the_living, forget_personal_history',
    );
  }
}

/** The operator class for trigrams. Its schema need not be on the search path. */
async function operatorClass(db: QueryRunner): Promise<string> {
  const [row] = (await db.query(
    `SELECT format('%I.gin_trgm_ops', nspname) AS name
     FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'pg_trgm'`,
  )) as { name: string }[];
  return row!.name;
}
