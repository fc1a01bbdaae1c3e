import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAMES = ['OLD', 'NEW'].map((row) => [`${row}.username`, `${row}.email`]);

/** Announces another address as well: a principal is named by it where accounts have no usernames. */
export class AnnounceAddress1795312000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await announce(db, NAMES);
  }

  async down(db: QueryRunner): Promise<void> {
    await announce(
      db,
      NAMES.map(([username]) => [username!]),
    );
  }
}

/** Fires under `session_replication_role = replica` as well: a restored or replicated ban is a ban. */
async function announce(db: QueryRunner, [before, after]: string[][]): Promise<void> {
  await db.query('DROP TRIGGER users_announce_change ON "users"');
  await db.query(`
    CREATE TRIGGER users_announce_change AFTER UPDATE ON "users" FOR EACH ROW
    WHEN ((OLD.id, ${before!.join(', ')}, OLD.is_active, OLD.is_superuser)
          IS DISTINCT FROM (NEW.id, ${after!.join(', ')}, NEW.is_active, NEW.is_superuser))
    EXECUTE FUNCTION announce_change('user')`);
  await db.query('ALTER TABLE "users" ENABLE ALWAYS TRIGGER users_announce_change');
}
