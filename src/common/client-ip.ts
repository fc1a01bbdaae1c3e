import { isIP, isIPv4 } from 'node:net';

const V4_MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
/** `203.0.113.9:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:([\d.]+):\d{1,5}|\[([^[\]]*:[^[\]]*)\](?::\d{1,5})?)$/;
const GROUPS = 8;
const GROUP_BITS = 16;

/**
 * An address as it is stored and compared: IPv6 in its shortest form (RFC 5952), without zone; IPv4 also
 * when it comes mapped into IPv6, however that is written. A port is dropped: some proxies (Azure's) write
 * one into `X-Forwarded-For`, and all their clients would share the counters of the unspecified address. What
 * is no address (a Unix socket, a proxy that writes names) becomes the unspecified one.
 */
export function canonicalIp(address: string | undefined): string {
  const [, v4, v6] = WITH_PORT.exec(address ?? '') ?? [];
  const ip = (v4 ?? v6 ?? address ?? '').replace(/%.*$/, '');
  if (isIPv4(ip)) return ip;
  if (!isIP(ip)) return '0.0.0.0';
  const shortest = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const mapped = V4_MAPPED.exec(shortest);
  return mapped ? dotted(mapped[1]!, mapped[2]!) : shortest;
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

function dotted(...words: string[]): string {
  return words
    .map((word) => Number.parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 0xff])
    .join('.');
}
