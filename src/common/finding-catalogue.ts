/** Every `code` of a finding that Gatehouse itself answers with, and what it means. docs/errors.md is this table. */
export const FINDINGS = {
  required: 'The field is missing, or empty where it must not be.',
  invalid_type:
    'The value is of another type: text, a whole number, true or false, a list, an object.',
  unknown_field: 'The request has a field that this operation does not take.',
  too_short: 'The text is shorter than the minimum, counted in Unicode code points.',
  too_long: 'The text is longer than the maximum, counted in Unicode code points.',
  too_small: 'The number is below the minimum.',
  too_large: 'The number is above the maximum.',
  too_few: 'The list has fewer items than the minimum.',
  too_many: 'The list has more items than the maximum.',
  duplicate: 'The list has an item twice.',
  invalid_format: 'The text has characters or a form that the field does not allow.',
  invalid_choice: 'The value is not one of the listed ones.',
  invalid_id: 'The value is not a UUID.',
  invalid_date_time:
    'The value is not a time of RFC 3339, such as 2026-11-21T09:00:00Z, or not an existing day.',
  invalid_email: 'The value is not one plain email address.',
  invalid_url: 'The value is not a URL that the field allows.',
  invalid_value: 'The value breaks another rule, which the message names.',
  invalid_cursor: 'The cursor belongs to another list or sort order.',
  username_taken: 'A user with that username already exists.',
  username_is_foreign_address: 'The username looks like an email address that is not the own one.',
  password_incorrect: 'The current password is wrong.',
  password_too_short: 'The new password has fewer characters than PASSWORD_MIN_LENGTH.',
  password_too_long: 'The new password is longer than can be hashed.',
  password_invalid_characters: 'The password has characters that cannot be hashed.',
  password_too_similar: 'The new password is too similar to the username, the address or a name.',
  password_too_common: 'The new password is a common one, or made of one.',
  password_entirely_numeric: 'The new password has digits only.',
  password_mismatch: 'The two new passwords of a form differ.',
  unknown_role: 'No role has that name.',
  unknown_permission: 'No permission has that codename.',
  unknown_user: 'No user has that name or id.',
  role_name_taken: 'A role with that name already exists.',
  provider_name_taken: 'A provider with that name already exists.',
  redirect_uri_not_allowed: 'The address is not one of OIDC_REDIRECT_URIS.',
  invalid_issuer: 'The issuer is not an https:// address that serves OpenID Connect discovery.',
  invalid_scopes: 'The scopes are not names with spaces between, or lack openid.',
} as const satisfies Record<string, string>;

/** A code of the catalogue. A product may answer with codes of its own. */
export type FindingCode = keyof typeof FINDINGS;
