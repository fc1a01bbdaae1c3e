import { describe, expect, it } from '@jest/globals';
import { canonicalIp } from './client-ip.js';

describe('the address of a client', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::FFFF:203.0.113.9', '203.0.113.9'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:999.0.113.9', '0.0.0.0'],
    ['203.0.113.9:4711', '0.0.0.0'],
    ['unknown', '0.0.0.0'],
    ['', '0.0.0.0'],
    [undefined, '0.0.0.0'],
  ])('%s is %s', (address, ip) => {
    expect(canonicalIp(address)).toBe(ip);
  });
});
