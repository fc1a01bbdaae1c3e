import { isIP, isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** What stands for an address that is not known. */
const UNSPECIFIED = '0.0.0.0';
/** `203.0.113.9:4711`, `::ffff:203.0.113.9:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:([\da-f:.]*\.\d+):\d{1,5}|\[([^[\]]+)\](?::\d{1,5})?)$/i;
const QUOTED = /^"(.*)"$/;
const ZONE = /%.*$/;
const GROUPS = 8;
const GROUP_BITS = 16;

/** A request whose address was found out before, by other means than `request.ip`. */
export interface WithClientIp {
  clientIp?: string;
}

/** The canonical address of the client of a request. It honours proxies only as far as `TRUST_PROXY` says. */
export function ipOf(request: FastifyRequest & WithClientIp): string {
  return request.clientIp ?? canonicalIp(request.ip);
}

/**
 * Reads an address that a proxy wrote: IPv6 in its shortest form (RFC 5952), without zone; IPv4 also when it is
 * mapped into IPv6. Quotes are dropped, and so is a port: some proxies (Azure's) write one. Undefined for what is not
 * the address of one client, such as a name, or an unspecified address.
 */
export function readIp(text: string): string | undefined {
  const trimmed = text.trim();
  const bare = QUOTED.exec(trimmed)?.[1]?.trim() ?? trimmed;
  const [, v4, v6] = WITH_PORT.exec(bare) ?? [];
  const ip = (v4 ?? v6 ?? bare).replace(ZONE, '');
  // Stricter than ipaddr.js, to which `1` and `0x7f.1` are addresses too.
  if (!isIP(ip)) return undefined;
  const address = ipaddr.process(ip);
  return address.range() === 'unspecified' ? undefined : address.toString();
}

/** An address as it is stored and compared. What cannot be read (a Unix socket) becomes the unspecified one. */
export function canonicalIp(address: string | undefined): string {
  if (address !== undefined && isIPv4(address)) return address;
  return readIp(address ?? '') ?? UNSPECIFIED;
}

/**
 * The network that a canonical address stands for when people are counted: an IPv4 address itself, of an
 * IPv6 address the first 64 bits, as a single customer has all addresses below (RFC 6177).
 */
export function networkOf(ip: string): string {
  return isIPv4(ip) ? ip : prefixOf(ip, 64);
}

/**
 * The /48 around an IPv6 network: the most that one customer is usually given (RFC 6177). Undefined for IPv4,
 * where customers pay for each address, and neighbours in a /24 are strangers.
 */
export function siteOf(ip: string): string | undefined {
  return isIPv4(ip) ? undefined : prefixOf(ip, 48);
}

function prefixOf(ip: string, bits: number): string {
  const [head = '', tail] = ip.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(GROUPS - before!.length - after!.length).fill('0');
  const groups = [...before!, ...zeros, ...after!].slice(0, bits / GROUP_BITS);
  return `${groups.join(':')}::/${bits}`;
}
