import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Kinds of device are no longer kept: they came from the User-Agent, which the sender writes. A browser is
 * known by its cookie, and everything else by its network.
 */
export class NoKnownDevices1795285100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE "known_devices"');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE "known_devices" (
        "user_id" uuid NOT NULL,
        "device" character varying(100) NOT NULL,
        "first_seen_at" timestamp with time zone NOT NULL,
        "last_seen_at" timestamp with time zone NOT NULL,
        CONSTRAINT "known_devices_pkey" PRIMARY KEY ("user_id", "device"),
        CONSTRAINT "known_devices_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      ) WITH (fillfactor = 90)`);
  }
}
