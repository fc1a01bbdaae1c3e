import { describe, expect, it } from '@jest/globals';
import { OperatorError } from '../../common/operator-error.js';
import { pagePolicy } from './content-security-policy.js';

const OURS =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

describe('the policy of pages', () => {
  it('lets pages load what comes from us, and nothing else', () => {
    expect(pagePolicy()).toBe(OURS);
    expect(pagePolicy({ imgSrc: [], fontSrc: [] })).toBe(OURS);
  });

  it('has the sources of a product next to ours, each once', () => {
    const cdn = 'https://cdn.example.com';
    expect(
      pagePolicy({
        imgSrc: [cdn, cdn],
        scriptSrc: ['https://a.example:8443'],
        fontSrc: ["'self'"],
      }),
    ).toBe(
      `${OURS.replace('data:', `data: ${cdn}`).replace("script-src 'self'", "script-src 'self' https://a.example:8443")}; font-src 'self'`,
    );
  });

  it.each([
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'strict-dynamic'",
    "'nonce-abc'",
    '*',
    'https:',
    'https://*',
    'https://*.example.com',
    'data:',
    'blob:',
    'http://cdn.example.com',
    'https://cdn.example.com/path',
    'https://cdn.example.com/',
    'https://user@cdn.example.com',
    "https://cdn.example.com; script-src 'unsafe-inline'",
    'https://cdn.example.com https://other.example.com',
    'https://cdn.example.com\n',
    'https://CDN.example.com',
    'https://cdn.example.com:443',
    'https://cdn.example.com:99999',
    'cdn.example.com',
    '',
    undefined,
    7,
    ['https://cdn.example.com'],
  ])('never takes %j', (source) => {
    for (const option of ['scriptSrc', 'imgSrc', 'connectSrc']) {
      const additions = { [option]: [source] } as object;
      expect(() => pagePolicy(additions)).toThrow(OperatorError);
      expect(() => pagePolicy(additions)).toThrow(`${option} takes https origins`);
    }
  });

  it.each(['defaultSrc', 'frameAncestors', 'formAction', 'objectSrc', 'script-src', '__proto__x'])(
    'has no %s to add to',
    (option) => {
      expect(() => pagePolicy({ [option]: ['https://a.example'] })).toThrow(`it has no ${option}`);
    },
  );

  it('takes lists only', () => {
    expect(() => pagePolicy({ imgSrc: 'https://a.example' as never })).toThrow('must be a list');
  });
});
