import type { MigrationInterface, QueryRunner } from 'typeorm';
import { skeletonOf } from '../src/common/look-alikes.js';

const BATCH = 10_000;

interface Account {
  id: string;
  username: string;
  createdAt: string;
}

/**
 * What usernames and the names of roles look like, for nobody to take a name that passes for another's. Of accounts
 * whose names look the same the oldest has the row, the others none: they sign in as before, and `check` names them.
 * A table of its own is filled without writing a row of users, each of which would be in all of their indexes anew.
 */
export class LookAlikes1795287000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Among millions, the keys take longer than a statement of the application may.
    await db.query('SET LOCAL statement_timeout = 0');
    await db.query(`
      CREATE TABLE "username_skeletons" (
        "skeleton" text NOT NULL,
        "user_id" uuid NOT NULL,
        CONSTRAINT "username_skeletons_pkey" PRIMARY KEY ("skeleton")
      )`);
    await this.fill(db);
    await db.query(`
      ALTER TABLE "username_skeletons"
        ADD CONSTRAINT "username_skeletons_user_id_key" UNIQUE ("user_id"),
        ADD CONSTRAINT "username_skeletons_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE`);
    // Filled by every start, as migrations of hosts add roles as well.
    await db.query(`
      ALTER TABLE "roles" ADD COLUMN "name_skeleton" text,
        ADD CONSTRAINT "roles_name_skeleton_key" UNIQUE ("name_skeleton")`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "roles" DROP COLUMN "name_skeleton"`);
    await db.query(`DROP TABLE "username_skeletons"`);
  }

  /** In the order in which the accounts were opened, as text: a Date knows no microseconds. */
  private async fill(db: QueryRunner): Promise<void> {
    for (let last: Account | undefined, isDone = false; !isDone;) {
      const accounts = (await db.query(
        `SELECT id, username, created_at::text AS "createdAt" FROM users
         WHERE $1::uuid IS NULL OR (created_at, id) > ($2::timestamptz, $1)
         ORDER BY created_at, id LIMIT ${BATCH}`,
        [last?.id ?? null, last?.createdAt ?? null],
      )) as Account[];
      await db.query(
        `INSERT INTO username_skeletons (user_id, skeleton)
         SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING`,
        [accounts.map(({ id }) => id), accounts.map(({ username }) => skeletonOf(username))],
      );
      last = accounts.at(-1);
      isDone = accounts.length < BATCH;
    }
  }
}
