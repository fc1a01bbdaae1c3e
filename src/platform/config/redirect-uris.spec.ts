import { describe, expect, it } from '@jest/globals';
import { isAllowedRedirectUri, problemsOfRedirectUris } from './redirect-uris.js';

const ALLOWED = [
  'com.example.app:/callback',
  'https://app.example.com/callback',
  'http://127.0.0.1/callback',
  'http://[::1]/callback',
];

describe('where the sign-in of a program may end [A61]', () => {
  it('is what the list says', () => {
    expect(problemsOfRedirectUris(ALLOWED)).toEqual([]);
    for (const uri of ALLOWED) expect(isAllowedRedirectUri(uri, ALLOWED)).toBe(true);
  });

  it('is any port of this machine, where that is on the list (RFC 8252 section 7.3)', () => {
    expect(isAllowedRedirectUri('http://127.0.0.1:51004/callback', ALLOWED)).toBe(true);
    expect(isAllowedRedirectUri('http://[::1]:51004/callback', ALLOWED)).toBe(true);
  });

  it.each([
    'com.example.app:/callback2',
    'com.example.app://callback',
    'COM.EXAMPLE.APP:/callback',
    'https://app.example.com/callback/',
    'https://app.example.com:443/callback',
    'https://app.example.com:8443/callback',
    'https://app.example.com.evil.example/callback',
    'https://app.example.com@evil.example/callback',
    'http://app.example.com/callback',
    'http://127.0.0.1:51004/callback?a=1',
    'http://127.0.0.1:51004/callback#a',
    'http://127.0.0.1:51004/other',
    'http://127.0.0.1:0051004/callback',
    'http://127.0.0.2:51004/callback',
    'http://localhost:51004/callback',
    'http://user@127.0.0.1:51004/callback',
    'https://127.0.0.1:51004/callback',
    '',
  ])('is not %j', (uri) => {
    expect(isAllowedRedirectUri(uri, ALLOWED)).toBe(false);
  });
});
