import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records when the owner of an account was invited. What ends a link to reset a password also ends an invitation. */
export class Invitations1795307000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE "users" ADD "invited_at" TIMESTAMP WITH TIME ZONE`);
    await replaceTriggers(db, `'reset_password', 'accept_invitation'`);
  }

  async down(db: QueryRunner): Promise<void> {
    // Code without this purpose cannot read them.
    await db.query(`DELETE FROM "one_time_tokens" WHERE "purpose" = 'accept_invitation'`);
    await replaceTriggers(db, `'reset_password'`);
    await db.query('ALTER TABLE "users" DROP COLUMN "invited_at"');
  }
}

async function replaceTriggers(db: QueryRunner, purposes: string): Promise<void> {
  await db.query('DROP TRIGGER users_end_tokens_on_email_change ON "users"');
  await db.query(`
    CREATE TRIGGER users_end_tokens_on_email_change AFTER UPDATE ON "users" FOR EACH ROW
    WHEN (OLD.email_key <> NEW.email_key)
    EXECUTE FUNCTION end_tokens_of_user('prove_email', ${purposes})`);
  await db.query('DROP TRIGGER users_end_tokens_on_password_change ON "users"');
  await db.query(`
    CREATE TRIGGER users_end_tokens_on_password_change AFTER UPDATE ON "users" FOR EACH ROW
    WHEN (OLD.is_active <> NEW.is_active
          OR (OLD.password_hash <> NEW.password_hash
              AND OLD.password_rehashed_at IS NOT DISTINCT FROM NEW.password_rehashed_at))
    EXECUTE FUNCTION end_tokens_of_user(${purposes})`);
  // What ends something for security ends it in a session of replication as well (ADR 3).
  for (const event of ['email', 'password']) {
    await db.query(`ALTER TABLE "users" ENABLE ALWAYS TRIGGER users_end_tokens_on_${event}_change`);
  }
}
