import type { MigrationInterface, QueryRunner } from 'typeorm';

/** SQL: the channel of the installation whose table a trigger belongs to, as `channelOf` computes it. */
const CHANNEL = `'gatehouse_changes' || CASE TG_TABLE_SCHEMA WHEN 'public' THEN '' ELSE '_' || left(encode(sha256(convert_to(TG_TABLE_SCHEMA::text, 'UTF8')), 'hex'), 32) END`;

/** Functions of triggers that read or write tables by their names alone. */
const FUNCTIONS = [
  'end_sessions_of_user',
  'end_surplus_sessions',
  'end_tokens_of_user',
  'end_email_changes_of_user',
  'end_password_failures_of_user',
  'forget_personal_history',
  'refuse_to_forget_the_living',
];

/**
 * Gives each installation of a database its own channel, by the schema of its tables. The one in `public` keeps the
 * name it had: instances of an earlier version that still run listen there.
 */
export class ChannelOfSchema1795300000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await announceOn(db, CHANNEL);
    if (!(await isInOwnSchema(db))) return;
    // A change by hand works with any search_path, and never reaches the tables of another installation.
    for (const name of FUNCTIONS) {
      await db.query(`ALTER FUNCTION ${name}() SET search_path FROM CURRENT`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await announceOn(db, `'gatehouse_changes'`);
    if (!(await isInOwnSchema(db))) return;
    for (const name of FUNCTIONS) await db.query(`ALTER FUNCTION ${name}() RESET search_path`);
  }
}

async function isInOwnSchema(db: QueryRunner): Promise<boolean> {
  const [row] = (await db.query(`SELECT current_schema() <> 'public' AS "isOwn"`)) as {
    isOwn: boolean;
  }[];
  return row!.isOwn;
}

async function announceOn(db: QueryRunner, channel: string): Promise<void> {
  await db.query(`
    CREATE OR REPLACE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify(${channel}, TG_ARGV[0] || ':' || coalesce(to_jsonb(OLD) ->> 'id', '*'));
      RETURN NULL;
    END $$`);
  await db.query(`
    CREATE OR REPLACE FUNCTION announce_members() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 1001) AS sample) > 1000 THEN
        PERFORM pg_notify(${channel}, 'user:*');
      ELSE
        PERFORM pg_notify(${channel}, 'user:' || user_id)
        FROM (SELECT DISTINCT user_id FROM changed) AS members;
      END IF;
      RETURN NULL;
    END $$`);
}
