import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IfGiven } from '../http/if-given.decorator.js';

/** The refresh token of the latest sign-in or refresh. */
export class RefreshDto {
  /**
   * Left out where it is in a cookie. Given, it is the one that counts.
   * @example ghr.3f0c8a52-5a4e-4c1e-9d7e-0f2b6f3a9b11.0.kq3…0Ww
   */
  @IfGiven()
  @IsNotEmpty({ message: 'This field is required.' })
  @IsString({ message: 'The refresh token must be text.' })
  @MaxLength(256, { message: 'This is no refresh token.' })
  refreshToken?: string;
}

/** The refresh token of the session to end, where its access token may have expired. */
export class LogoutDto {
  /**
   * Left out where it is in a cookie. Given, it is the one that counts.
   * @example ghr.3f0c8a52-5a4e-4c1e-9d7e-0f2b6f3a9b11.0.kq3…0Ww
   */
  @IfGiven()
  @IsNotEmpty({ message: 'The refresh token must not be empty.' })
  @IsString({ message: 'The refresh token must be text.' })
  @MaxLength(256, { message: 'This is no refresh token.' })
  refreshToken?: string;
}
