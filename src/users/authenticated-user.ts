import type { User } from './user.entity.js';

/** How a user proved who they are, and when. */
export interface Authentication {
  /** Methods that were used (RFC 8176). */
  amr: string[];
  /** When, unless it was now: a provider may have asked its user long ago. */
  authenticatedAt?: Date;
}

/** A user whose credentials were found right; not yet signed in. */
export interface AuthenticatedUser extends Authentication {
  user: User;
}
