import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counters of limits, wrong passwords in a row, and from where accounts were signed in to. */
export class Limits1795271000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Unlogged: written with every attempt, for nobody to wait for the disk. A crash of PostgreSQL empties
    // it, which nobody can cause from outside; wrong passwords in a row are kept with the account.
    await db.query(`
      CREATE UNLOGGED TABLE "limit_counters" (
        "key" character varying(255) NOT NULL,
        "points" integer NOT NULL DEFAULT 0,
        "expire" bigint NOT NULL,
        "paused_until" bigint NOT NULL DEFAULT 0,
        "told_for" bigint,
        CONSTRAINT "limit_counters_pkey" PRIMARY KEY ("key")
      )`);
    await db.query(`ALTER TABLE "users" ADD "consecutive_failures" integer NOT NULL DEFAULT 0`);
    await db.query(`
      CREATE TABLE "known_networks" (
        "user_id" uuid NOT NULL,
        "network" character varying(43) NOT NULL,
        "last_seen_at" timestamp with time zone NOT NULL,
        CONSTRAINT "known_networks_pkey" PRIMARY KEY ("user_id", "network"),
        CONSTRAINT "known_networks_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      )`);
    await db.query(`CREATE INDEX "known_networks_seen_idx" ON "known_networks" ("last_seen_at")`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE "known_networks"');
    await db.query('ALTER TABLE "users" DROP COLUMN "consecutive_failures"');
    await db.query('DROP TABLE "limit_counters"');
  }
}
