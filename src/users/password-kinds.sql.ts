/** More different kinds than any history of a site has. */
const MAX_KINDS = 1_000;

const KIND = 'password_hash_kind(u.password_hash)';

/**
 * SQL: the column `kind` of the hash kinds that accounts have (see `hash-kind.ts`), in order, 1,000 at most.
 * It steps through an index from each kind to the next, and does not read the accounts.
 */
export const PASSWORD_KINDS = `
  WITH RECURSIVE kinds (kind, place) AS (
    SELECT (SELECT min(${KIND}) FROM users AS u WHERE ${KIND} IS NOT NULL), 1
    UNION ALL
    SELECT (SELECT min(${KIND}) FROM users AS u WHERE ${KIND} > kinds.kind), place + 1
    FROM kinds WHERE kind IS NOT NULL AND place < ${MAX_KINDS}
  )
  SELECT kind FROM kinds WHERE kind IS NOT NULL`;

/** SQL: how many accounts have a password of each `kind`; null stands for formats that are unknown. */
export const PASSWORDS_BY_KIND = `
  SELECT ${KIND} AS kind, count(*)::int AS accounts FROM users AS u
  WHERE password_hash NOT LIKE '!%' GROUP BY 1 ORDER BY 2 DESC, 1`;
