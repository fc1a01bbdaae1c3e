import { ApiProperty } from '@nestjs/swagger';
import type { TokenPurpose } from '../one-time-tokens/one-time-token.entity.js';
import { UsernameInAnswer } from '../users/username-fields.js';

/** An identity at a provider that opens the account. */
export class LinkedIdentityDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /**
   * The name of the provider; null when it is not there any more.
   * @example google
   */
  provider!: string | null;
  /** @example Google */
  label!: string;
  /**
   * What it is called at the provider.
   * @example ann@example.com
   */
  knownAs!: string;
  connectedAt!: Date;
}

/** What a mailed link is for. */
export class LinkedAccountDto {
  purpose!: TokenPurpose;
  @UsernameInAnswer()
  username!: string | null;
  /**
   * The address that the link is about.
   * @example ann@example.com
   */
  @ApiProperty({ format: 'email' })
  address!: string;
  openedAt!: Date;
  /** Null when it is not known. */
  openedBy!: 'registration' | 'provider' | 'administrator' | 'operator' | null;
  /**
   * The provider with which the account was opened.
   * @example Google
   */
  openedWith!: string | null;
  hasPassword!: boolean;
  /** Whether the holder of the link may choose a new password instead of confirming. */
  mayChoosePassword!: boolean;
  /** What is removed when the link is used, unless `keepIdentities` names it. */
  identities!: LinkedIdentityDto[];
}
