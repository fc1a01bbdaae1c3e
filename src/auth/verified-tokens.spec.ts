import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '../access/principal.js';
import type { SigningKeysService, TrustedKey } from '../signing-keys/signing-keys.service.js';
import type { PrincipalsService } from './principals.service.js';
import { VerifiedTokens } from './verified-tokens.js';

const inAMinute = () => Math.floor(Date.now() / 1000) + 60;
const claims = (sid: string, exp = inAMinute()) => ({ sid, sub: `owner of ${sid}`, exp });

describe('verified tokens', () => {
  let trusted: TrustedKey;
  let ended: Set<string>;
  let tokens: VerifiedTokens;
  beforeEach(() => {
    trusted = {} as TrustedKey;
    ended = new Set();
    const keys = { isStillTrusted: (key: TrustedKey) => key === trusted };
    const principals = {
      knownOfSession: (sid: string) =>
        ended.has(sid) ? undefined : ({ userId: `owner of ${sid}` } as Principal),
    };
    tokens = new VerifiedTokens(
      keys as unknown as SigningKeysService,
      principals as unknown as PrincipalsService,
    );
  });

  const isKnown = (header: string) => tokens.principalOf(header) !== undefined;

  it('are known again, each by its very header', () => {
    tokens.remember('Bearer one', claims('s1'), trusted);
    expect(tokens.principalOf('Bearer one')?.userId).toBe('owner of s1');
    for (const other of [undefined, '', 'Bearer', 'Bearer two', 'bearer one', 'Bearer one ']) {
      expect(tokens.principalOf(other)).toBeUndefined();
    }
  });

  it('are not known once they expired, their session ended, or it is of somebody else', () => {
    tokens.remember('Bearer late', claims('s1', Math.floor(Date.now() / 1000)), trusted);
    tokens.remember('Bearer ended', claims('s2'), trusted);
    tokens.remember('Bearer other', { ...claims('s3'), sub: 'somebody else' }, trusted);
    ended.add('s2');
    expect(['late', 'ended', 'other'].filter((name) => isKnown(`Bearer ${name}`))).toEqual([]);
  });

  it('are not known once their key is not, also when they are remembered after that [A67]', () => {
    const before = trusted;
    tokens.remember('Bearer one', claims('s1'), before);
    trusted = {} as TrustedKey;
    // Its verification had begun before.
    tokens.remember('Bearer two', claims('s2'), before);
    expect([isKnown('Bearer one'), isKnown('Bearer two')]).toEqual([false, false]);
  });

  it('take the room of one for each session, however many it has and however they are written', () => {
    tokens.remember('Bearer victim', claims('victim'), trusted);
    for (let index = 0; index < 300_000; index++) {
      tokens.remember(`Bearer ${index}`, claims('attacker'), trusted);
    }
    expect(isKnown('Bearer victim')).toBe(true);
    expect(isKnown('Bearer 299998')).toBe(false);
    expect(isKnown('Bearer 299999')).toBe(true);
    tokens.remember(`Bearer ${' '.repeat(3_000)}padded`, claims('attacker'), trusted);
    expect(isKnown(`Bearer ${' '.repeat(3_000)}padded`)).toBe(false);
    expect(isKnown('Bearer 299999')).toBe(true);
  });

  it('are bounded in number and in bytes', () => {
    const long = 'x'.repeat(2_000);
    for (let index = 0; index < 40_000; index++) {
      tokens.remember(`${long}${index}`, claims(`s${index}`), trusted);
    }
    const known = Array.from({ length: 40_000 }, (_, index) => isKnown(`${long}${index}`));
    const kept = known.filter(Boolean).length;
    expect(kept * long.length).toBeLessThanOrEqual(64 * 1024 ** 2);
    expect(kept).toBeGreaterThan(30_000);
    expect(known.at(-1)).toBe(true);
  });
});
