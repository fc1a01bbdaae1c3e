/**
 * What a search looks through, as an expression over a row `u` of users. The index users_search_idx
 * is on exactly this expression.
 */
export const SEARCHED_TEXT = `lower((' ' || u.username_key || ' ' || u.email_key || ' ' || u.first_name || ' ' || u.last_name))`;
