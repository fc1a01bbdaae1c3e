import { withoutPadding } from '../common/text.js';
import { emailKey, usernameKey } from './identifiers.js';

/**
 * SQL: the row of users that someone means who signs in with a name: the owner of that verified address,
 * else, of the holder of that username and those who claim the address, whoever was first. Two parameters
 * from `$first` on: the values of `signInNames`.
 */
export function userOfSignInName(first: number): string {
  const [username, email] = [`$${first}`, `$${first + 1}`];
  return `
    SELECT * FROM users WHERE username_key = ${username} OR email_key = ${email}
    ORDER BY CASE WHEN email_key = ${email} AND email_verified_at IS NOT NULL THEN 0 ELSE 1 END, created_at
    LIMIT 1`;
}

/** The forms in which a name is looked for; nobody is called nothing. */
export function signInNames(name: string): [string | null, string | null] {
  // No stored name or address has another form: to find one by another is to lose nothing.
  const typed = withoutPadding(name.normalize('NFKC'));
  return typed === '' ? [null, null] : [usernameKey(typed), emailKey(typed)];
}
