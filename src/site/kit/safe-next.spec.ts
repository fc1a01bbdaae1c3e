import { describe, expect, it } from '@jest/globals';
import { safeNext } from './safe-next.js';

const HERE = 'https://accounts.example.com';

describe('where a visitor may be sent on to [A40] [ASVS 1.2.2, 3.7.2]', () => {
  it.each([
    ['/', '/'],
    ['/accounts/profile', '/accounts/profile'],
    ['/a?b=c&d=%2F%2Fevil.example#e', '/a?b=c&d=%2F%2Fevil.example#e'],
    ['/a/../b', '/b'],
    ['/ä', '/%C3%A4'],
    ['/@evil.example', '/@evil.example'],
  ])('%s', (next, target) => {
    expect(safeNext(next, HERE)).toBe(target);
  });

  it.each([
    '',
    'profile',
    'https://evil.example',
    'https://accounts.example.com',
    'https:evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '\\\\evil.example',
    '/\tevil',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/a\u0000',
    '/\u202egro.live',
    '/.//evil.example',
    '/..//evil.example',
    '@evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '\u3002evil.example',
    '/accounts/login',
    '/accounts/login?next=/x',
    '/accounts/logout',
    `/${'x'.repeat(3_000)}`,
    undefined,
    null,
    1,
    ['/a', '//evil.example'],
    { path: '/' },
  ])('never %j', (next) => {
    expect(safeNext(next, HERE)).toBeUndefined();
  });
});
