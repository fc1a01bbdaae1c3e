import sql, { type Sql } from 'sql-template-tag';

/** All names of a network, and since when an account must have been signed in to from it. */
export interface NetworkSince {
  names: string[];
  since: Date;
}

/**
 * SQL that notes a sign-in from a network that is known.
 * @param user the part of the statement whose row holds the `id` of the user
 */
export function noteKnownNetwork(user: Sql, { names }: NetworkSince, now: Date): Sql {
  return sql`
    UPDATE known_networks AS n SET last_seen_at = ${now} FROM ${user} AS u
    WHERE n.user_id = u.id AND n.network = ANY(${names}::text[])`;
}

/**
 * SQL: whether an account was signed in to from a network since a time.
 * @param userId never null: a lookup for no account takes as long as one for an account
 */
export function isKnownNetwork(userId: string | Sql, { names, since }: NetworkSince): Sql {
  return sql`EXISTS (SELECT FROM known_networks
     WHERE user_id = ${userId} AND network = ANY(${names}::text[]) AND last_seen_at > ${since})`;
}
