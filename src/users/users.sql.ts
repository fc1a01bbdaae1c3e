import sql, { type Sql } from 'sql-template-tag';
import { withoutPadding } from '../common/text.js';
import { emailKey, usernameKey } from './identifiers.js';
import type { User } from './user.entity.js';
import { hasUsernames } from './usernames.js';

/**
 * SQL: the row of users that someone means who signs in with a name: the owner of that verified address,
 * else, of the holder of that username and those who claim the address, whoever was first. Without usernames it is
 * that owner alone.
 * @param accountId the account that is meant, whose unproven address the name is: without usernames it names no account
 */
export function userOfSignInName(name: string, accountId?: string): Sql {
  const { username, email } = formsOf(name);
  if (!hasUsernames()) {
    const sought = accountId === undefined ? email : null;
    return sql`
      SELECT * FROM users
      WHERE id = ${accountId ?? null} OR (email_key = ${sought} AND email_verified_at IS NOT NULL)`;
  }
  return sql`
    SELECT * FROM users WHERE username_key = ${username} OR email_key = ${email}
    ORDER BY CASE WHEN email_key = ${email} AND email_verified_at IS NOT NULL THEN 0 ELSE 1 END, created_at
    LIMIT 1`;
}

/** The forms in which a name is looked for; nobody is called nothing. */
function formsOf(name: string): { username: string | null; email: string | null } {
  // No stored name or address has another form: to find one by another is to lose nothing.
  const typed = withoutPadding(name.normalize('NFKC'));
  if (typed === '') return { username: null, email: null };
  return { username: usernameKey(typed), email: emailKey(typed) };
}

/**
 * SQL that notes a sign-in, if the account is still active, still has the password hash that was checked, and was not
 * recovered since: all may have changed while it was checked. Returns its `id`, or no row.
 * @param condition an expression: whether to
 */
export function noteSignIn(
  { id, passwordHash, recoveredAt }: Pick<User, 'id' | 'passwordHash' | 'recoveredAt'>,
  now: Date,
  condition: Sql,
): Sql {
  return sql`
    UPDATE users SET last_login_at = ${now}
    WHERE id = ${id} AND password_hash = ${passwordHash} AND is_active AND (${condition})
      AND recovered_at IS NOT DISTINCT FROM ${recoveredAt}::timestamptz
    RETURNING id`;
}

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

/**
 * SQL, of a row of users: whether the account was never used, as far as its row says. Nobody proved its address or
 * signed in to it, and no administrator locked it.
 */
export const IS_NEVER_USED =
  'email_verified_at IS NULL AND last_login_at IS NULL AND is_active AND NOT is_superuser';
