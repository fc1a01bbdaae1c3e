import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { SignInName } from '../users/user-fields.decorators.js';

/** Credentials to sign in with. */
export class LoginDto {
  @SignInName()
  username!: string;

  @CurrentPassword()
  password!: string;
}
