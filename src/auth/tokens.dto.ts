import { ApiProperty } from '@nestjs/swagger';
import { AccountDto } from '../users/account.dto.js';

/** What an API client holds while it is signed in. */
export class TokensDto {
  /** @example Bearer */
  tokenType!: 'Bearer';
  /**
   * A JWT (RFC 9068, ES256) for the Authorization header.
   * @example eyJhbGciOiJFUzI1NiIs…
   */
  accessToken!: string;
  /**
   * Seconds until the access token expires.
   * @example 600
   */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;
  /**
   * Good for one refresh; the answer brings the next one. Keep it secret. Absent where it is in a cookie.
   * @example ghr.3f0c8a52-5a4e-4c1e-9d7e-0f2b6f3a9b11.0.kq3…0Ww
   */
  refreshToken?: string;
  user!: AccountDto;
}
