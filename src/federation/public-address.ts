import ipaddr from 'ipaddr.js';

/**
 * What kind of place an IP address is: `public` for the internet, `loopback` for this machine, `private` for
 * everything else that strangers do not reach, which a request must not either (ATTACKS A62). IPv4 that is
 * wrapped into IPv6, in whichever way, is what is inside.
 */
export function kindOfAddress(address: string): 'public' | 'loopback' | 'private' {
  if (!ipaddr.isValid(address)) return 'private';
  const ip = ipaddr.process(address);
  const range = ip.range();
  if (range === 'loopback') return 'loopback';
  return range === 'unicast' ? 'public' : 'private';
}
