import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../access/principal.js';
import { SigningKeysService, type TrustedKey } from '../signing-keys/signing-keys.service.js';
import type { AccessTokenClaims } from './access-tokens.service.js';
import { PrincipalsService } from './principals.service.js';

const MAX_ENTRIES = 100_000;
/** Characters of all headers together, of which each takes a byte. */
const MAX_BYTES = 64_000_000;
/** A token of ours has a third of it. Whoever pads theirs has it verified each time. */
const MAX_HEADER_LENGTH = 2_048;

/** What a token said whose signature, type, issuer and audience were right. */
interface VerifiedToken {
  sid: string;
  sub: string;
  /** In milliseconds. */
  expiresAt: number;
  key: TrustedKey;
}

/**
 * Authorization headers whose token was verified, so that it need not be verified again with every request:
 * the signature of ES256 costs more than all the rest. Only what is written in the token is remembered: its
 * expiry, its key and its session are looked at each time. A header counts as a whole, byte by byte.
 *
 * Of each session the latest one is kept, so that nobody gets more room by having more tokens, or one token
 * written in more ways; what was not verified never gets here.
 */
@Injectable()
export class VerifiedTokens {
  private readonly tokens = new LRUCache<string, VerifiedToken>({
    // Not `max`: room for all of them would be taken at once.
    maxSize: MAX_BYTES,
    sizeCalculation: (_token, header) => Math.max(header.length, MAX_BYTES / MAX_ENTRIES),
    dispose: ({ sid }, header) => {
      if (this.headers.get(sid) === header) this.headers.delete(sid);
    },
  });
  private readonly headers = new Map<string, string>();

  constructor(
    private readonly signingKeys: SigningKeysService,
    private readonly principals: PrincipalsService,
  ) {}

  /** Who sends this header, if that is known without asking anybody; else undefined, and it has to be verified. */
  principalOf(header: string | undefined): Principal | undefined {
    const token = header === undefined ? undefined : this.tokens.get(header);
    if (!token || token.expiresAt <= Date.now() || !this.signingKeys.isStillTrusted(token.key)) {
      return undefined;
    }
    const principal = this.principals.knownOfSession(token.sid);
    return principal?.userId === token.sub ? principal : undefined;
  }

  /** Remembers a header whose token was verified with a key. */
  remember(header: string, { sid, sub, exp }: AccessTokenClaims, key: TrustedKey): void {
    if (header.length > MAX_HEADER_LENGTH) return;
    const previous = this.headers.get(sid);
    if (previous !== undefined) this.tokens.delete(previous);
    this.headers.set(sid, header);
    this.tokens.set(header, { sid, sub, expiresAt: exp * 1000, key });
  }
}
