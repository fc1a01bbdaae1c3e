/**
 * SQL that notes a sign-in, if the account is still active and still has the password hash that was checked:
 * both may have changed while it was hashed. Returns its `id`, or no row.
 * @param condition SQL, as an expression: whether to
 */
export function noteSignIn(
  id: string,
  passwordHash: string,
  now: string,
  condition: string,
): string {
  return `
    UPDATE users SET last_login_at = ${now}
    WHERE id = ${id} AND password_hash = ${passwordHash} AND is_active AND (${condition}) RETURNING id`;
}
