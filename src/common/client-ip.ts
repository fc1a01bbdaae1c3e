import { isIP, isIPv4 } from 'node:net';

const V4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * An address as it is stored and compared: IPv4 also when it comes mapped into IPv6, without zone.
 * What is no address (a Unix socket, a proxy that writes names) becomes the unspecified one.
 */
export function canonicalIp(address: string | undefined): string {
  const ip = (address ?? '').replace(/%.*$/, '');
  const mapped = V4_MAPPED.exec(ip)?.[1];
  if (mapped && isIPv4(mapped)) return mapped;
  return isIP(ip) ? ip.toLowerCase() : '0.0.0.0';
}
