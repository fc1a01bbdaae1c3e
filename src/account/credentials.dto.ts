import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { SignInName } from '../users/user-fields.decorators.js';

/** The credentials of an account that cannot sign in yet. */
export class CredentialsDto {
  @SignInName()
  username!: string;

  @CurrentPassword()
  password!: string;
}
