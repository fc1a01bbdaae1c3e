import { describe, expect, it } from '@jest/globals';
import { kindOfAddress } from './public-address.js';

describe('the kind of an address [A62] [ASVS 1.3.6]', () => {
  it.each(['93.184.215.14', '8.8.8.8', '2606:4700:4700::1111'])('%s is public', (address) => {
    expect(kindOfAddress(address)).toBe('public');
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])(
    '%s is this machine',
    (address) => {
      expect(kindOfAddress(address)).toBe('loopback');
    },
  );

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    'fc00::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::',
    '::10.0.0.1',
    '',
    'localhost',
    '0x7f.1',
    '017700000001',
    '2130706433',
  ])('%j is not public', (address) => {
    expect(kindOfAddress(address)).not.toBe('public');
  });
});
