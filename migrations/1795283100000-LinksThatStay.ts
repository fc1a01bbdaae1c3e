import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Links in emails can be sent again, and live on when somebody signs in. That may be a thief with the old
 * password, who must not keep the owner from choosing a new one, or the owner on another device.
 */
export class LinksThatStay1795283100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Links of before get a seed that leads to another token: they stay good, and are not sent again.
    await db.query(
      `ALTER TABLE "one_time_tokens" ADD "seed" uuid NOT NULL DEFAULT gen_random_uuid()`,
    );
    await db.query('DROP TRIGGER users_end_tokens_on_sign_in ON "users"');
    await db.query(`
      CREATE TRIGGER users_end_tokens_on_password_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN (OLD.is_active <> NEW.is_active
            OR (OLD.password_hash <> NEW.password_hash
                AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at))
      EXECUTE FUNCTION end_tokens_of_user('reset_password')`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER users_end_tokens_on_password_change ON "users"');
    await db.query(`
      CREATE TRIGGER users_end_tokens_on_sign_in AFTER UPDATE ON "users" FOR EACH ROW
      WHEN ((OLD.last_login_at, OLD.is_active) IS DISTINCT FROM (NEW.last_login_at, NEW.is_active)
            OR (OLD.password_hash <> NEW.password_hash
                AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at))
      EXECUTE FUNCTION end_tokens_of_user('reset_password')`);
    await db.query('ALTER TABLE "one_time_tokens" DROP COLUMN "seed"');
  }
}
