import { AccountDto } from '../users/account.dto.js';

/** What an API client holds while it is signed in. */
export class TokensDto {
  /** @example Bearer */
  tokenType!: 'Bearer';
  /** A JWT (RFC 9068, ES256) for the Authorization header. */
  accessToken!: string;
  /**
   * Seconds until the access token expires.
   * @example 600
   */
  expiresIn!: number;
  /** Good for one refresh; the answer brings the next one. Keep it secret. Absent where it is in a cookie. */
  refreshToken?: string;
  user!: AccountDto;
}
