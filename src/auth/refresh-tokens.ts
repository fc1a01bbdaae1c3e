import { Injectable } from '@nestjs/common';
import { MacKeys } from '../common/secret-keys.js';
import { AppConfig } from '../platform/config/app-config.js';

// "ghr" lets secret scanners recognise a leaked token.
const FORMAT = /^ghr\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})\.([\w-]{43})$/;

/** What a genuine refresh token says. Whether it is the current one is the session's to know. */
export interface RefreshClaim {
  sessionId: string;
  counter: number;
}

/**
 * Refresh tokens are derived from the session row: `ghr.<session>.<counter>.<HMAC of both>`. Nothing
 * that could be used is stored, and the same row gives the same token again, so that a lost answer
 * can be repeated.
 */
@Injectable()
export class RefreshTokens {
  private readonly keys: MacKeys;

  constructor(config: AppConfig) {
    this.keys = new MacKeys(config, 'refresh-tokens');
  }

  refreshTokenOf(claimed: RefreshClaim): string {
    const { sessionId, counter } = claimed;
    return `ghr.${sessionId}.${counter}.${this.keys.sign(messageOf(claimed))}`;
  }

  /** The claim of a token that we made, else undefined. */
  readRefreshToken(token: string): RefreshClaim | undefined {
    const [, sessionId, digits, signature] = FORMAT.exec(token) ?? [];
    if (sessionId === undefined || digits === undefined) return undefined;
    const claim = { sessionId, counter: Number(digits) };
    // One number is written in one way.
    if (String(claim.counter) !== digits) return undefined;
    return this.keys.signerOf(messageOf(claim), signature!) && claim;
  }
}

function messageOf({ sessionId, counter }: RefreshClaim): string {
  return `${sessionId}.${counter}`;
}
