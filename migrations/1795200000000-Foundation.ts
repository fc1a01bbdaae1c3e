import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Users, sessions, roles, permissions, signing keys, and the triggers that make a change bite at once:
 * what a guard relies on is announced when it is committed, and what ends a user's sessions ends them
 * here, so that a change made by hand in psql counts as much as one made by the application.
 */
export class Foundation1795200000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "users" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "username" character varying(150) NOT NULL,
        "username_key" text NOT NULL,
        "email" character varying(254) NOT NULL,
        "email_key" text NOT NULL,
        "email_verified_at" timestamp with time zone,
        "first_name" character varying(150) NOT NULL DEFAULT '',
        "last_name" character varying(150) NOT NULL DEFAULT '',
        "password_hash" character varying(255) NOT NULL,
        "password_rehashed_at" timestamp with time zone,
        "is_active" boolean NOT NULL DEFAULT true,
        "is_superuser" boolean NOT NULL DEFAULT false,
        "created_at" timestamp with time zone NOT NULL DEFAULT now(),
        "last_login_at" timestamp with time zone,
        CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "users_username_key" UNIQUE ("username_key")
      )`);
    await db.query(`CREATE INDEX "users_email_idx" ON "users" ("email_key")`);
    await db.query(`
      CREATE UNIQUE INDEX "users_verified_email_key" ON "users" ("email_key")
      WHERE "email_verified_at" IS NOT NULL`);

    await db.query(`
      CREATE TABLE "sessions" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "user_id" uuid NOT NULL,
        "created_at" timestamp with time zone NOT NULL,
        "last_seen_at" timestamp with time zone NOT NULL,
        "authenticated_at" timestamp with time zone NOT NULL,
        "amr" text array NOT NULL,
        "ip" inet NOT NULL,
        "user_agent" character varying(512) NOT NULL,
        "idle_expires_at" timestamp with time zone NOT NULL,
        "absolute_expires_at" timestamp with time zone NOT NULL,
        "refresh_counter" integer NOT NULL DEFAULT 0,
        "refreshed_at" timestamp with time zone,
        "ended_at" timestamp with time zone,
        "end_reason" character varying(40),
        CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      )`);
    await db.query(`CREATE INDEX "sessions_user_idx" ON "sessions" ("user_id")`);
    await db.query(
      `CREATE INDEX "sessions_absolute_expiry_idx" ON "sessions" ("absolute_expires_at")`,
    );

    await db.query(`
      CREATE TABLE "roles" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "name" character varying(150) NOT NULL,
        "description" character varying(500) NOT NULL DEFAULT '',
        "created_at" timestamp with time zone NOT NULL DEFAULT now(),
        CONSTRAINT "roles_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "roles_name_key" UNIQUE ("name")
      )`);
    await db.query(`
      CREATE TABLE "permissions" (
        "codename" character varying(100) NOT NULL,
        "description" character varying(255) NOT NULL,
        CONSTRAINT "permissions_pkey" PRIMARY KEY ("codename")
      )`);
    await db.query(`
      CREATE TABLE "user_roles" (
        "user_id" uuid NOT NULL,
        "role_id" uuid NOT NULL,
        CONSTRAINT "user_roles_pkey" PRIMARY KEY ("user_id", "role_id"),
        CONSTRAINT "user_roles_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE,
        CONSTRAINT "user_roles_role_id_fkey" FOREIGN KEY ("role_id")
          REFERENCES "roles" ("id") ON DELETE CASCADE
      )`);
    await db.query(`CREATE INDEX "user_roles_role_idx" ON "user_roles" ("role_id")`);
    await db.query(`
      CREATE TABLE "user_permissions" (
        "user_id" uuid NOT NULL,
        "permission_codename" character varying(100) NOT NULL,
        CONSTRAINT "user_permissions_pkey" PRIMARY KEY ("user_id", "permission_codename"),
        CONSTRAINT "user_permissions_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE,
        CONSTRAINT "user_permissions_permission_codename_fkey" FOREIGN KEY ("permission_codename")
          REFERENCES "permissions" ("codename") ON DELETE CASCADE
      )`);
    await db.query(
      `CREATE INDEX "user_permissions_permission_idx" ON "user_permissions" ("permission_codename")`,
    );
    await db.query(`
      CREATE TABLE "role_permissions" (
        "role_id" uuid NOT NULL,
        "permission_codename" character varying(100) NOT NULL,
        CONSTRAINT "role_permissions_pkey" PRIMARY KEY ("role_id", "permission_codename"),
        CONSTRAINT "role_permissions_role_id_fkey" FOREIGN KEY ("role_id")
          REFERENCES "roles" ("id") ON DELETE CASCADE,
        CONSTRAINT "role_permissions_permission_codename_fkey" FOREIGN KEY ("permission_codename")
          REFERENCES "permissions" ("codename") ON DELETE CASCADE
      )`);
    await db.query(
      `CREATE INDEX "role_permissions_permission_idx" ON "role_permissions" ("permission_codename")`,
    );

    await db.query(`
      CREATE TABLE "signing_keys" (
        "id" character varying(43) NOT NULL,
        "state" character varying(10) NOT NULL,
        "public_jwk" jsonb NOT NULL,
        "sealed_private_key" text NOT NULL,
        "created_at" timestamp with time zone NOT NULL DEFAULT now(),
        "activated_at" timestamp with time zone,
        "retired_at" timestamp with time zone,
        CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
      )`);
    for (const state of ['active', 'next']) {
      await db.query(`
        CREATE UNIQUE INDEX "signing_keys_one_${state}_key" ON "signing_keys" ("state")
        WHERE "state" = '${state}'`);
    }

    // The argument is the topic; the payload "<topic>:*" means: any of them.
    await db.query(`
      CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify(
          'gatehouse_changes', TG_ARGV[0] || ':' || coalesce(to_jsonb(OLD) ->> 'id', '*'));
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_announce_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN ((OLD.username, OLD.is_active, OLD.is_superuser)
            IS DISTINCT FROM (NEW.username, NEW.is_active, NEW.is_superuser))
      EXECUTE FUNCTION announce_change('user')`);
    await db.query(`
      CREATE TRIGGER sessions_announce_change AFTER UPDATE ON "sessions" FOR EACH ROW
      WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at
            OR OLD.user_id <> NEW.user_id
            OR NEW.idle_expires_at < OLD.idle_expires_at
            OR NEW.absolute_expires_at < OLD.absolute_expires_at)
      EXECUTE FUNCTION announce_change('session')`);
    // A session that had ended before was announced then; purging it is no news.
    await db.query(`
      CREATE TRIGGER sessions_announce_delete AFTER DELETE ON "sessions" FOR EACH ROW
      WHEN (OLD.ended_at IS NULL)
      EXECUTE FUNCTION announce_change('session')`);
    await db.query(`
      CREATE TRIGGER sessions_announce_truncate AFTER TRUNCATE ON "sessions" FOR EACH STATEMENT
      EXECUTE FUNCTION announce_change('session')`);
    await db.query(`
      CREATE TRIGGER signing_keys_announce_change
      AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "signing_keys" FOR EACH STATEMENT
      EXECUTE FUNCTION announce_change('signing_key')`);

    // What a role grants reaches whoever has it: rare enough to forget everybody.
    for (const table of ['roles', 'role_permissions', 'permissions']) {
      await db.query(`
        CREATE TRIGGER ${table}_announce_change
        AFTER UPDATE OR DELETE OR TRUNCATE ON "${table}" FOR EACH STATEMENT
        EXECUTE FUNCTION announce_change('user')`);
    }
    await db.query(`
      CREATE TRIGGER role_permissions_announce_insert AFTER INSERT ON "role_permissions"
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('user')`);
    await db.query(`
      CREATE TRIGGER permissions_announce_insert AFTER INSERT ON "permissions"
      FOR EACH STATEMENT EXECUTE FUNCTION announce_change('user')`);
    // Who is given or loses something is named, unless they are very many.
    await db.query(`
      CREATE FUNCTION announce_members() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 1001) AS sample) > 1000 THEN
          PERFORM pg_notify('gatehouse_changes', 'user:*');
        ELSE
          PERFORM pg_notify('gatehouse_changes', 'user:' || user_id)
          FROM (SELECT DISTINCT user_id FROM changed) AS members;
        END IF;
        RETURN NULL;
      END $$`);
    for (const table of ['user_roles', 'user_permissions']) {
      await db.query(`
        CREATE TRIGGER ${table}_announce_insert AFTER INSERT ON "${table}"
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION announce_members()`);
      await db.query(`
        CREATE TRIGGER ${table}_announce_delete AFTER DELETE ON "${table}"
        REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION announce_members()`);
      await db.query(`
        CREATE TRIGGER ${table}_announce_other AFTER UPDATE OR TRUNCATE ON "${table}"
        FOR EACH STATEMENT EXECUTE FUNCTION announce_change('user')`);
    }

    // A new password or a deactivation ends the user's sessions, but for the one that the transaction
    // names in gatehouse.kept_session. Hashing the same password anew (password_rehashed_at) ends none.
    await db.query(`
      CREATE FUNCTION end_sessions_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE sessions SET ended_at = now(), end_reason = TG_ARGV[0]
        WHERE user_id = NEW.id AND ended_at IS NULL
          AND id::text IS DISTINCT FROM current_setting('gatehouse.kept_session', true);
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_end_sessions_on_password_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN (OLD.password_hash <> NEW.password_hash
            AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at)
      EXECUTE FUNCTION end_sessions_of_user('password_changed')`);
    await db.query(`
      CREATE TRIGGER users_end_sessions_on_deactivation AFTER UPDATE ON "users" FOR EACH ROW
      WHEN (OLD.is_active AND NOT NEW.is_active)
      EXECUTE FUNCTION end_sessions_of_user('deactivated')`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE "signing_keys", "role_permissions", "user_permissions",
      "user_roles", "permissions", "roles", "sessions", "users"`);
    await db.query('DROP FUNCTION announce_change, announce_members, end_sessions_of_user');
  }
}
