import { NewPassword } from '../passwords/new-password.decorator.js';
import { EmailAddress, Username } from '../users/user-fields.decorators.js';

/** A new account. */
export class RegisterDto {
  @Username()
  username!: string;

  @EmailAddress()
  email!: string;

  @NewPassword()
  password!: string;
}
