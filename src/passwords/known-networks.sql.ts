/**
 * SQL that notes a sign-in from a network that is known.
 * @param user the part of the statement whose row holds the `id` of the user
 */
export function noteKnownNetwork(user: string, network: string, now: string): string {
  return `
    UPDATE known_networks AS n SET last_seen_at = ${now} FROM ${user} AS u
    WHERE n.user_id = u.id AND n.network = ANY(${network}::text[])`;
}

/**
 * SQL: whether an account was signed in to from a network since a time. Two parameters from `$first` on: the values
 * of `valuesToTrust` or `valuesToKnow`.
 * @param userId SQL, never null: nobody's networks take as long to look for as somebody's
 */
export function isKnownNetwork(userId: string, first: number): string {
  return `EXISTS (SELECT FROM known_networks
     WHERE user_id = ${userId} AND network = ANY($${first}::text[]) AND last_seen_at > $${first + 1})`;
}
