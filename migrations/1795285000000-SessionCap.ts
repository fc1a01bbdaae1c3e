import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * At most 100 sessions of an account are open; those that were not used for longest end first. A trigger
 * holds it, because it sees what other sign-ins have just committed: the statement that opens a session
 * does not, as its snapshot is older than the lock on the account for which it waits.
 */
export class SessionCap1795285000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Among millions, the index takes longer than a statement of the application may.
    await db.query('SET LOCAL statement_timeout = 0');
    // Finds the open sessions of an account without reading those that have ended.
    await db.query(`DROP INDEX "sessions_user_idx"`);
    await db.query(`CREATE INDEX "sessions_user_idx" ON "sessions" ("user_id", "ended_at")`);
    await db.query(`
      UPDATE sessions SET ended_at = now(), end_reason = 'too_many_sessions'
      FROM (SELECT id, row_number() OVER (PARTITION BY user_id ORDER BY last_seen_at DESC, id) AS place
            FROM sessions WHERE ended_at IS NULL) AS ranked
      WHERE sessions.id = ranked.id AND ranked.place > 100`);
    // The new one stays, whatever the clocks of other instances say; expired ones go first.
    await db.query(`
      CREATE FUNCTION end_surplus_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM FROM sessions WHERE user_id = NEW.user_id AND ended_at IS NULL OFFSET 100 LIMIT 1;
        IF FOUND THEN
          UPDATE sessions SET ended_at = now(), end_reason = 'too_many_sessions'
          WHERE id IN (
            SELECT id FROM sessions WHERE user_id = NEW.user_id AND ended_at IS NULL
            ORDER BY id = NEW.id DESC, least(idle_expires_at, absolute_expires_at) > now() DESC,
                     last_seen_at DESC, id
            OFFSET 100);
        END IF;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER sessions_end_surplus AFTER INSERT ON "sessions"
      FOR EACH ROW EXECUTE FUNCTION end_surplus_sessions()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER sessions_end_surplus ON "sessions"');
    await db.query('DROP FUNCTION end_surplus_sessions');
    await db.query(`DROP INDEX "sessions_user_idx"`);
    await db.query(`CREATE INDEX "sessions_user_idx" ON "sessions" ("user_id")`);
  }
}
