import type { Taken } from '../platform/throttling/counter.js';
import { MAX_CONSECUTIVE_FAILURES } from '../platform/throttling/limits.js';
import type { User } from '../users/user.entity.js';
import type { HashPlace } from './hash-place.js';

/** One guess at a password, counted as a wrong one before anybody looks at it. */
export class PasswordAttempt {
  /** That the account has had its guesses, which is not told from outside. */
  isOverLimit = false;

  constructor(
    /** Null: there is no such account. */
    readonly user: User | null,
    /** Where it is counted. */
    readonly taken: Taken[],
    /** The row of failures that it belongs to, and how long that was before it. */
    readonly row: { name: string; failures: number },
    /** Where it waits for its hash. */
    readonly place: HashPlace,
  ) {}

  /** Why even the right password counts as a wrong one, if it does. */
  get obstacle(): 'limit_reached' | 'password_disabled' | undefined {
    if (this.isOverLimit) return 'limit_reached';
    return this.row.failures < MAX_CONSECUTIVE_FAILURES ? undefined : 'password_disabled';
  }
}
