import type { IdentityClaims } from '../federation/identity-claims.js';
import type { Authentication } from '../users/authenticated-user.js';

/** The time of a sign-in that a provider does not tell: it never counts as recent. */
const UNKNOWN = new Date(0);

/**
 * How a user signed in, by the claims of their provider. `fed`, as Microsoft calls it, stands for the provider, as
 * RFC 8176 has no word for it. What the provider has seen is marked as `fed:…`, so that no rule of ours takes it
 * for a proof of ours. The time is that of the sign-in there, and never in the future (ASVS 6.8.4).
 */
export function authenticatedBy({ amr, authTime }: IdentityClaims): Required<Authentication> {
  return {
    amr: ['fed', ...amr.map((method) => `fed:${method}`)],
    authenticatedAt:
      authTime === undefined ? UNKNOWN : new Date(Math.min(authTime * 1000, Date.now())),
  };
}
