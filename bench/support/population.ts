import pg from 'pg';
import { passwordHash } from './accounts.js';
import { withoutIndexes } from './without-indexes.js';

export const SESSIONS_EACH = 5;
/** Of everybody. */
export const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

const FIRST_NAMES =
  'maria john anna james olga david elena peter laura thomas nina paul sara george eva mark julia daniel irene martin clara robert marta oscar lucy victor alice hugo emma felix ines leon ruth simon vera adam nora erik lena ivan ada karl mia jonas ella otto ida luca rosa noah tessa milan greta boris agnes cyril flora dmitri wanda yusuf';
const SYLLABLES = 'ba ko re mi sa ven dor lin tas pe gar no vic hel mo ras';
const HOSTS = 'example.com example.org example.net mail.example post.example';

/** A number from 0 to 1 that is always the same for a row. */
const drawn = (row: string, seed: number) =>
  `((hashint8extended(${row}, ${seed}) & 2147483647) / 2147483648::float8)`;
/** One of these words; the first ones are the most common. */
const oneOf = (words: string, seed: number) =>
  `(string_to_array('${words}', ' '))[1 + floor(${words.split(' ').length} * ${drawn('n', seed)} ^ 2)::int]`;

/** Some names are common and most are rare. The person of a number is the same in every database. */
const PEOPLE = `
  CREATE TEMPORARY TABLE people AS
  SELECT n, gen_random_uuid() AS id, first, last, first || '.' || last || n AS name,
         first || '.' || last || n || '@' || ${oneOf(HOSTS, 5)} AS address
  FROM (SELECT n, ${oneOf(FIRST_NAMES, 1)} AS first,
               ${[2, 3, 4].map((seed) => oneOf(SYLLABLES, seed)).join(' || ')} AS last
        FROM generate_series(1, $1::bigint) AS n) AS named`;

const USERS = `
  INSERT INTO users (id, username, username_key, email, email_key, email_verified_at, first_name,
                     last_name, password_hash, created_at)
  SELECT id, name, name, address, address, now(), initcap(first), initcap(last), $1,
         now() - interval '2 years' * (1 - n::float8 / (SELECT max(n) FROM people))
  FROM people ORDER BY n`;

/** What a trigger writes for names without accents. */
const SEARCH_TEXTS = `
  INSERT INTO user_search_texts (user_id, text)
  SELECT id, lower(concat_ws(' ', '', username, username_key, email, email_key, first_name, last_name))
  FROM users`;

/** Sign-ins of 29 days, each of somebody else than the one before, and used until some time after. */
const SIGN_INS = `
  CREATE TEMPORARY TABLE sign_ins AS
  SELECT k, p.id AS user_id, gen_random_uuid() AS id,
         now() - interval '29 days' * (1 - k::float8 / $1::float8) AS began
  FROM generate_series(1, $1::bigint) AS k
  JOIN people p ON p.n = 1 + (k * 7919) % (SELECT max(n) FROM people)
  ORDER BY k`;

const SESSIONS = `
  INSERT INTO sessions (id, user_id, created_at, last_seen_at, authenticated_at, amr, ip, user_agent,
                        idle_expires_at, absolute_expires_at, refresh_counter, refreshed_at)
  SELECT id, user_id, began, seen, began, '{pwd}', '203.0.113.7',
         '${USER_AGENT}',
         seen + interval '14 days', began + interval '30 days', 3, seen
  FROM sign_ins,
  LATERAL (SELECT greatest(began, now() - ${drawn('k', 1)} * interval '13 days') AS seen) AS latest`;

const AUDIT_EVENTS = `
  INSERT INTO audit_events (occurred_at, action, origin, actor_id, subject_type, subject_id, session_id,
                            ip, user_agent, request_id)
  SELECT began, 'user.signed_in', 'api', user_id, 'user', user_id, id, '203.0.113.7',
         '${USER_AGENT}', id
  FROM sign_ins`;

/** Nobody verifies this chain: it is there for its size. */
const AUDIT_SEALS = `
  INSERT INTO audit_seals (position, event_id, form, key_id, hash)
  SELECT row_number() OVER (ORDER BY id), id, 1, 'of-another-key', md5(id::text) || 'eleven-more'
  FROM audit_events ORDER BY id`;

const KNOWN_NETWORKS = `
  INSERT INTO known_networks (user_id, network, last_seen_at)
  SELECT id, $1, now() - ${drawn('n', 6)} * interval '29 days' FROM people`;

/**
 * Fills a migrated database with people who have signed in five times each within a month, as they would
 * have left it: sessions that are alive, the audit trail and its chain, and networks. All of them
 * have the bench's password. What is loaded was vacuumed and is on the disk.
 * @param network where all of them were, as the application names it
 */
export async function populate(
  databaseUrl: string,
  { users, cost, network }: { users: number; cost: number; network: string },
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Triggers, foreign keys among them, are for changes; here all is consistent from the beginning.
    await client.query(`SET session_replication_role = replica`);
    await client.query(`SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'`);
    await client.query(PEOPLE, [users]);
    await client.query('ANALYZE people');
    await client.query(SIGN_INS, [users * SESSIONS_EACH]);
    await withoutIndexes(client, ['users'], async () => {
      await client.query(USERS, [await passwordHash(cost)]);
    });
    await withoutIndexes(client, ['user_search_texts'], async () => client.query(SEARCH_TEXTS));
    // The cap of sessions counts in replicas too. Without its index it would read the whole table for each row.
    await client.query('ALTER TABLE sessions DISABLE TRIGGER sessions_end_surplus');
    await withoutIndexes(client, ['sessions'], async () => client.query(SESSIONS));
    await client.query('ALTER TABLE sessions ENABLE ALWAYS TRIGGER sessions_end_surplus');
    await withoutIndexes(client, ['audit_events', 'audit_seals'], async () => {
      await client.query(AUDIT_EVENTS);
      await client.query(AUDIT_SEALS);
    });
    await withoutIndexes(client, ['known_networks'], async () => {
      await client.query(KNOWN_NETWORKS, [network]);
    });
    await client.query('DROP TABLE people, sign_ins');
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
