import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tells what changes in what an account shows to its owner, on the topic `account`, and which providers there are,
 * on `identity_provider`: both are kept in memory for the profile.
 */
export class AccountChanges1795275000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // The whole row counts, with whatever columns a host has added. What changes with every sign-in or wrong
    // password, and is not shown, is no news: transactions that notify commit one after the other. As text, since
    // jsonb takes 1.0 for 1.00.
    await db.query(`
      CREATE FUNCTION announce_shown_account() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        silent text[] := '{password_hash,password_rehashed_at,consecutive_failures,last_login_at}';
        ids uuid[];
      BEGIN
        SELECT array_agg(id) INTO ids FROM (
          SELECT id FROM before LEFT JOIN after USING (id)
          WHERE (to_jsonb(before) - silent)::text IS DISTINCT FROM (to_jsonb(after) - silent)::text
          LIMIT 1001) AS shown;
        IF cardinality(ids) > 1000 THEN
          PERFORM pg_notify('gatehouse_changes', 'account:*');
        ELSE
          PERFORM pg_notify('gatehouse_changes', 'account:' || id) FROM unnest(ids) AS id;
        END IF;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_announce_shown AFTER UPDATE ON "users"
      REFERENCING OLD TABLE AS before NEW TABLE AS after
      FOR EACH STATEMENT EXECUTE FUNCTION announce_shown_account()`);

    // The argument is the column that names the account.
    await db.query(`
      CREATE FUNCTION announce_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        ids text[];
      BEGIN
        SELECT array_agg(id) INTO ids FROM (
          SELECT DISTINCT to_jsonb(changed) ->> TG_ARGV[0] AS id FROM changed LIMIT 1001) AS accounts;
        IF cardinality(ids) > 1000 THEN
          PERFORM pg_notify('gatehouse_changes', 'account:*');
        ELSE
          PERFORM pg_notify('gatehouse_changes', 'account:' || id) FROM unnest(ids) AS id;
        END IF;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_announce_delete AFTER DELETE ON "users"
      REFERENCING OLD TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION announce_accounts('id')`);
    // Of an identity that is moved, both accounts hear.
    for (const [event, state] of [
      ['insert', 'new'],
      ['update', 'old'],
      ['update', 'new'],
      ['delete', 'old'],
    ] as const) {
      await db.query(`
        CREATE TRIGGER federated_identities_announce_${event}_${state}
        AFTER ${event} ON "federated_identities" REFERENCING ${state} TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION announce_accounts('user_id')`);
    }
    for (const table of ['users', 'federated_identities']) {
      await db.query(`
        CREATE TRIGGER ${table}_announce_truncate AFTER TRUNCATE ON "${table}"
        FOR EACH STATEMENT EXECUTE FUNCTION announce_change('account')`);
    }
    await db.query(`
      CREATE TRIGGER identity_providers_announce_change
      AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "identity_providers" FOR EACH STATEMENT
      EXECUTE FUNCTION announce_change('identity_provider')`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER identity_providers_announce_change ON "identity_providers"');
    for (const table of ['users', 'federated_identities']) {
      await db.query(`DROP TRIGGER ${table}_announce_truncate ON "${table}"`);
    }
    // Their triggers go with them.
    await db.query('DROP FUNCTION announce_accounts, announce_shown_account CASCADE');
  }
}
