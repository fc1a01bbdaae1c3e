import { isIP, isIPv4 } from 'node:net';

const V4_MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const GROUPS = 8;
const GROUPS_OF_NETWORK = 4;

/**
 * An address as it is stored and compared: IPv6 in its shortest form (RFC 5952), without zone; IPv4 also
 * when it comes mapped into IPv6, however that is written. What is no address (a Unix socket, a proxy that
 * writes names) becomes the unspecified one.
 */
export function canonicalIp(address: string | undefined): string {
  const ip = (address ?? '').replace(/%.*$/, '');
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
  if (isIPv4(ip)) return ip;
  const [head = '', tail] = ip.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(GROUPS - before!.length - after!.length).fill('0');
  const groups = [...before!, ...zeros, ...after!].slice(0, GROUPS_OF_NETWORK);
  return `${groups.join(':')}::/64`;
}

function dotted(...words: string[]): string {
  return words
    .map((word) => Number.parseInt(word, 16))
    .flatMap((word) => [word >> 8, word & 0xff])
    .join('.');
}
