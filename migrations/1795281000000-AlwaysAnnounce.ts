import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every table that something in memory is read from. */
const TABLES = [
  'users',
  'sessions',
  'roles',
  'permissions',
  'role_permissions',
  'user_roles',
  'user_permissions',
  'signing_keys',
  'identity_providers',
  'federated_identities',
];

/**
 * Announces every change of what a principal is made of, and has the triggers that announce or end something fire
 * under `session_replication_role = replica` as well. A restored or replicated ban is a ban.
 */
export class AlwaysAnnounce1795281000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // An expiry that moves on as the session is seen is read again when the old one comes: a refresh must announce
    // nothing, since transactions that notify commit one after the other. By hand it may move on without that.
    await db.query('DROP TRIGGER sessions_announce_change ON "sessions"');
    await db.query(`
      CREATE TRIGGER sessions_announce_change AFTER UPDATE ON "sessions" FOR EACH ROW
      WHEN ((OLD.id, OLD.user_id, OLD.ended_at, OLD.authenticated_at, OLD.amr, OLD.absolute_expires_at)
            IS DISTINCT FROM
            (NEW.id, NEW.user_id, NEW.ended_at, NEW.authenticated_at, NEW.amr, NEW.absolute_expires_at)
            OR NEW.idle_expires_at < OLD.idle_expires_at
            OR (NEW.idle_expires_at <> OLD.idle_expires_at AND NEW.last_seen_at = OLD.last_seen_at))
      EXECUTE FUNCTION announce_change('session')`);
    await db.query('DROP TRIGGER users_announce_change ON "users"');
    await db.query(`
      CREATE TRIGGER users_announce_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN ((OLD.id, OLD.username, OLD.is_active, OLD.is_superuser)
            IS DISTINCT FROM (NEW.id, NEW.username, NEW.is_active, NEW.is_superuser))
      EXECUTE FUNCTION announce_change('user')`);
    // Foreign keys do not fire there: a user may go and leave sessions behind.
    await db.query(`
      CREATE TRIGGER users_announce_gone AFTER DELETE ON "users" FOR EACH ROW
      EXECUTE FUNCTION announce_change('user')`);
    await fire(db, 'ENABLE ALWAYS');
  }

  async down(db: QueryRunner): Promise<void> {
    await fire(db, 'ENABLE');
    await db.query('DROP TRIGGER users_announce_gone ON "users"');
    await db.query('DROP TRIGGER users_announce_change ON "users"');
    await db.query(`
      CREATE TRIGGER users_announce_change AFTER UPDATE ON "users" FOR EACH ROW
      WHEN ((OLD.username, OLD.is_active, OLD.is_superuser)
            IS DISTINCT FROM (NEW.username, NEW.is_active, NEW.is_superuser))
      EXECUTE FUNCTION announce_change('user')`);
    await db.query('DROP TRIGGER sessions_announce_change ON "sessions"');
    await db.query(`
      CREATE TRIGGER sessions_announce_change AFTER UPDATE ON "sessions" FOR EACH ROW
      WHEN (OLD.ended_at IS DISTINCT FROM NEW.ended_at
            OR OLD.user_id <> NEW.user_id
            OR NEW.idle_expires_at < OLD.idle_expires_at
            OR NEW.absolute_expires_at < OLD.absolute_expires_at)
      EXECUTE FUNCTION announce_change('session')`);
  }
}

async function fire(db: QueryRunner, when: 'ENABLE' | 'ENABLE ALWAYS'): Promise<void> {
  const triggers = (await db.query(
    `SELECT tgname AS name, relname AS table FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
     WHERE NOT tgisinternal AND relnamespace = quote_ident(current_schema())::regnamespace AND relname = ANY($1)`,
    [TABLES],
  )) as { name: string; table: string }[];
  for (const { name, table } of triggers) {
    await db.query(`ALTER TABLE "${table}" ${when} TRIGGER "${name}"`);
  }
}
