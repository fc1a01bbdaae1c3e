import type { User } from './user.entity.js';

/** A user whose credentials were found right; not yet signed in. */
export interface AuthenticatedUser {
  user: User;
  /** Methods that were used (RFC 8176). */
  amr: string[];
}
