/** The head of the chain. */
export const CHAIN = `SELECT id, key_id AS "keyId", state, signature FROM audit_chain`;

/** The last seal. */
export const LAST_SEAL = `
  SELECT s.position::float8 AS position, s.hash FROM audit_seals s ORDER BY s.position DESC LIMIT 1`;

/** When the key `$1` made its first seal after the last one by another key, by its event. */
export const LAST_SEAL_BY_OTHERS = `
  WITH other AS (SELECT max(position) AS position FROM audit_seals WHERE key_id <> $1)
  SELECT (SELECT e.occurred_at FROM audit_seals s JOIN audit_events e ON e.id = s.event_id
          WHERE s.position > other.position ORDER BY s.position LIMIT 1) AS at,
         other.position IS NOT NULL AS "hasOthers"
  FROM other`;

/** After this time, events without a seal are not waiting for the next minute any more. */
export const LONGEST_WAIT = `interval '1 hour'`;

/**
 * The transaction that wrote the row `audit_events e`, as an xid8: rows hold its lower half. It bounds which
 * numbers may come late: PostgreSQL gives an event its number before the transaction commits.
 */
export const WRITTEN_BY = `(latest.xid - ((latest.xid - e.xmin::text::bigint) & 4294967295))`;
export const LATEST = `(SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xid) AS latest`;

/** Stretches of positions under one key without a gap, as they stand. Reads the whole table. */
export const STANDING_SECTIONS = `
  SELECT 'found' AS kind, key_id AS "keyId", min(position)::float8 AS from, max(position)::float8 AS until
  FROM (SELECT key_id, position,
               position - row_number() OVER (PARTITION BY key_id ORDER BY position) AS stretch
        FROM audit_seals) AS numbered
  GROUP BY key_id, stretch ORDER BY 3 LIMIT 1000`;
