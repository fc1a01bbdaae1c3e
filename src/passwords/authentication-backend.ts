import type { Actor } from '../http/current-actor.decorator.js';
import type { User } from '../users/user.entity.js';
import type { HashPlace } from './hash-place.js';

/** A name and a password, and who typed them. */
export interface Credentials {
  actor: Actor;
  /** As it was typed; the username of somebody who is signed in and proves that it is still them. */
  name: string;
  password: string;
  /** The account that the name means here, or that is signed in; null when there is none. */
  account: User | null;
  /** Where it waits for a slow hash: for `PasswordsService`. */
  place: HashPlace;
}

/**
 * A way to find out whose a name and a password are (docs/your-own-strategy.md). Limits, the audit trail, the
 * state of the account and the session are not its business.
 */
export interface AuthenticationBackend {
  /** The methods that a session opened by it tells of: `pwd`, and what tells it from others (RFC 8176). */
  readonly amr: readonly string[];

  /**
   * The account whose password it is. `not_mine`: somebody else may know; `refused`: it is mine, the password
   * is wrong, and nobody else is asked. Takes as long for unknown people as for wrong passwords (ASVS 6.3.8),
   * and ends within seconds by itself. Whatever it throws lets nobody in, and the next is asked.
   */
  authenticate(credentials: Credentials): Promise<User | 'not_mine' | 'refused'>;
}
