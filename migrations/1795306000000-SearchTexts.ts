import type { MigrationInterface, QueryRunner } from 'typeorm';
import { searchedText } from '../src/users/search-form.js';

const BATCH = 10_000;

interface Account {
  id: string;
  username: string;
  email: string;
  firstName: string;
  lastName: string;
}

/** What a trigger writes of a row of users: the same for European scripts, in all that a database can do by itself. */
const BY_HAND = `
  regexp_replace(
    translate(
      lower(replace(replace(replace(regexp_replace(
        normalize(concat_ws(' ', '', NEW.username, NEW.username_key, NEW.email, NEW.email_key,
                            NEW.first_name, NEW.last_name), NFKD),
        '[\\u0300-\\u036F]', '', 'g'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')),
      'øłđðħŧıς', 'olddhtiσ'),
    '\\s+', ' ', 'g')`;

/**
 * Searches find what lists show: accounts have a text that is folded as the search is, by the same code. A table of
 * its own is filled without writing a row of users, each of which would be in all of their indexes anew. Rows that
 * come by hand are folded by triggers.
 */
export class SearchTexts1795306000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    // Among millions, this takes longer than a statement of the application may.
    await db.query('SET LOCAL statement_timeout = 0');
    await db.query(`
      CREATE TABLE "user_search_texts" (
        "user_id" uuid NOT NULL,
        "text" text COLLATE "C" NOT NULL,
        CONSTRAINT "user_search_texts_pkey" PRIMARY KEY ("user_id"),
        CONSTRAINT "user_search_texts_user_id_fkey" FOREIGN KEY ("user_id")
          REFERENCES "users" ("id") ON DELETE CASCADE
      )`);
    await this.fill(db);
    await db.query('DROP INDEX "users_search_idx"');
    const trigrams = await operatorClass(db);
    await db.query(
      `CREATE INDEX "users_search_idx" ON "user_search_texts" USING gin ("text" ${trigrams})`,
    );
    await db.query(`
      CREATE FUNCTION note_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO user_search_texts (user_id, text) VALUES (NEW.id, ${BY_HAND})
        ON CONFLICT (user_id) DO UPDATE SET text = EXCLUDED.text;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER users_note_search_text AFTER INSERT ON "users"
      FOR EACH ROW EXECUTE FUNCTION note_search_text()`);
    await db.query(`
      CREATE TRIGGER users_renew_search_text
      AFTER UPDATE OF username, username_key, email, email_key, first_name, last_name ON "users" FOR EACH ROW
      WHEN ((OLD.username, OLD.username_key, OLD.email, OLD.email_key, OLD.first_name, OLD.last_name)
            IS DISTINCT FROM
            (NEW.username, NEW.username_key, NEW.email, NEW.email_key, NEW.first_name, NEW.last_name))
      EXECUTE FUNCTION note_search_text()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER users_renew_search_text ON "users"');
    await db.query('DROP TRIGGER users_note_search_text ON "users"');
    await db.query('DROP FUNCTION note_search_text()');
    await db.query('DROP TABLE "user_search_texts"');
    const trigrams = await operatorClass(db);
    await db.query(`
      CREATE INDEX "users_search_idx" ON "users" USING gin
      (lower((' ' || username_key || ' ' || email_key || ' ' || first_name || ' ' || last_name)) ${trigrams})`);
  }

  private async fill(db: QueryRunner): Promise<void> {
    for (let last = '00000000-0000-0000-0000-000000000000', isDone = false; !isDone;) {
      const accounts = (await db.query(
        `SELECT id, username, email, first_name AS "firstName", last_name AS "lastName" FROM users
         WHERE id > $1::uuid ORDER BY id LIMIT ${BATCH}`,
        [last],
      )) as Account[];
      await db.query(
        `INSERT INTO user_search_texts (user_id, text) SELECT * FROM unnest($1::uuid[], $2::text[])`,
        [accounts.map(({ id }) => id), accounts.map(searchedText)],
      );
      last = accounts.at(-1)?.id ?? last;
      isDone = accounts.length < BATCH;
    }
  }
}

/** Trigrams, in whichever schema the extension is: it need not be on the search path. */
async function operatorClass(db: QueryRunner): Promise<string> {
  const [row] = (await db.query(
    `SELECT format('%I.gin_trgm_ops', nspname) AS name FROM pg_extension
     JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'`,
  )) as { name: string }[];
  return row!.name;
}
