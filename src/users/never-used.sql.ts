/**
 * SQL, of a row of users: whether the account was never used, as far as its row says. Nobody proved its address or
 * signed in to it, and no administrator locked it.
 */
export const IS_NEVER_USED =
  'email_verified_at IS NULL AND last_login_at IS NULL AND is_active AND NOT is_superuser';
