import type { MigrationInterface, QueryRunner } from 'typeorm';
import { skeletonOf } from '../src/common/look-alikes.js';

/** An account keeps what its former username looks like, so that nobody else can pass for it. */
export class FormerUsernames1795306100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(
      `ALTER TABLE "username_skeletons" DROP CONSTRAINT "username_skeletons_user_id_key"`,
    );
    await db.query(
      `CREATE INDEX "username_skeletons_user_idx" ON "username_skeletons" ("user_id")`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    const accounts = (await db.query(
      `SELECT id, username FROM users WHERE id IN
         (SELECT user_id FROM username_skeletons GROUP BY user_id HAVING count(*) > 1)`,
    )) as { id: string; username: string }[];
    for (const { id, username } of accounts) {
      await db.query('DELETE FROM username_skeletons WHERE user_id = $1 AND skeleton <> $2', [
        id,
        skeletonOf(username),
      ]);
    }
    await db.query(`DROP INDEX "username_skeletons_user_idx"`);
    await db.query(
      `ALTER TABLE "username_skeletons" ADD CONSTRAINT "username_skeletons_user_id_key" UNIQUE ("user_id")`,
    );
  }
}
