import { NewPassword } from '../passwords/new-password.decorator.js';
import { HostFields } from '../users/user-field.decorator.js';
import { EmailAddress, Username } from '../users/user-fields.decorators.js';

/** A new account. */
@HostFields('registration')
export class RegisterDto {
  @Username()
  username!: string;

  @EmailAddress()
  email!: string;

  @NewPassword()
  password!: string;
}
