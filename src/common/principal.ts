import type { Grants } from './grants.js';

/**
 * Who is calling: one user within one session, as the guards resolved them for this request.
 * Times are ISO 8601 strings in UTC. `amr` names the methods of authentication (RFC 8176).
 */
export interface Principal extends Grants {
  readonly userId: string;
  readonly username: string;
  readonly isSuperuser: boolean;
  readonly sessionId: string;
  readonly authenticatedAt: string;
  readonly amr: readonly string[];
  /** When this session ends unless it is refreshed: the earlier of its idle and absolute expiry. */
  readonly expiresAt: string;
}
