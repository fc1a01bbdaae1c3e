import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Signing in with other providers of identities. */
export class Federation1795274000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "identity_providers" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "name" character varying(30) NOT NULL,
        "label" character varying(100) NOT NULL,
        "issuer" character varying(500) NOT NULL,
        "client_id" character varying(255) NOT NULL,
        "sealed_client_secret" text NOT NULL,
        "scopes" character varying(500) NOT NULL,
        "trusts_email" boolean NOT NULL DEFAULT false,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "identity_providers_name_key" UNIQUE ("name"),
        CONSTRAINT "identity_providers_pkey" PRIMARY KEY ("id")
      )`);
    await db.query(`
      CREATE TABLE "federated_identities" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "user_id" uuid NOT NULL,
        "issuer" character varying(500) NOT NULL,
        "subject" character varying(255) NOT NULL,
        "known_as" character varying(254) NOT NULL,
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        "last_used_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT "federated_identities_subject_key" UNIQUE ("issuer", "subject"),
        CONSTRAINT "federated_identities_pkey" PRIMARY KEY ("id"),
        CONSTRAINT "federated_identities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
      )`);
    await db.query(
      `CREATE INDEX "federated_identities_user_idx" ON "federated_identities" ("user_id")`,
    );
    await db.query(`
      CREATE TABLE "federation_attempts" (
        "state_hash" character varying(43) NOT NULL,
        "handle_hash" character varying(43) NOT NULL,
        "provider" character varying(30) NOT NULL,
        "issuer" character varying(500) NOT NULL,
        "purpose" character varying(20) NOT NULL,
        "user_id" uuid,
        "session_id" uuid,
        "sealed_secrets" text NOT NULL,
        "redirect_uri" character varying(500) NOT NULL,
        "next" character varying(2000),
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        "expires_at" TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT "federation_attempts_pkey" PRIMARY KEY ("state_hash"),
        CONSTRAINT "federation_attempts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
      )`);
    await db.query(
      `CREATE INDEX "federation_attempts_user_idx" ON "federation_attempts" ("user_id")`,
    );
    await db.query(
      `CREATE INDEX "federation_attempts_expiry_idx" ON "federation_attempts" ("expires_at")`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE "federation_attempts"');
    await db.query('DROP TABLE "federated_identities"');
    await db.query('DROP TABLE "identity_providers"');
  }
}
