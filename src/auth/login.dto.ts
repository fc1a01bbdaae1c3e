import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { SignInName } from '../users/user-fields.decorators.js';
import { RefreshTokenIn, type RefreshTokenPlace } from './refresh-token-in.decorator.js';

/** Credentials to sign in with. */
export class LoginDto {
  @SignInName()
  username!: string;

  @CurrentPassword()
  password!: string;

  @RefreshTokenIn()
  refreshTokenIn?: RefreshTokenPlace;
}
