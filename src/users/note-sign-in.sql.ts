/**
 * SQL that notes a sign-in, if the account is still active, still has the password hash that was checked, and was not
 * recovered since: all may have changed while it was checked. Returns its `id`, or no row.
 * @param condition SQL, as an expression: whether to
 */
export function noteSignIn(
  id: string,
  passwordHash: string,
  recoveredAt: string,
  now: string,
  condition: string,
): string {
  return `
    UPDATE users SET last_login_at = ${now}
    WHERE id = ${id} AND password_hash = ${passwordHash} AND is_active AND (${condition})
      AND recovered_at IS NOT DISTINCT FROM ${recoveredAt}::timestamptz
    RETURNING id`;
}
