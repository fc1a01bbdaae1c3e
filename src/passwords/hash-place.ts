import { canonicalIp, networkOf, siteOf } from '../http/client-ip.js';
import type { Actor } from '../http/current-actor.decorator.js';

/** Where a slow hash waits for its turn. Bound to each request by its caller. */
export interface HashPlace {
  /** Known callers have places that strangers cannot fill. */
  among: 'known' | 'strangers';
  /** With whom it shares its turns, from the largest share down to the smallest. */
  shares: string[];
}

/** The place of a command line, and of the application itself. */
export const OPERATOR_PLACE: HashPlace = { among: 'known', shares: ['operator'] };

/**
 * The place of a caller that nothing is known of. It depends on the address alone, never on which accounts
 * there are (ASVS 6.3.8): one /48 has one share, however many networks it has.
 */
export function placeOfStranger(actor: Actor): HashPlace {
  return { among: 'strangers', shares: sharesOf(actor) };
}

/** The place of a signed-in caller, of a known device of an account, and of the holder of a link from its mailbox. */
export function placeOfAccount(actor: Actor, userId: string): HashPlace {
  return { among: 'known', shares: [...sharesOf(actor), userId] };
}

function sharesOf({ client }: Actor): string[] {
  const ip = client?.ip ?? canonicalIp(undefined);
  return [siteOf(ip) ?? ip, networkOf(ip)];
}
