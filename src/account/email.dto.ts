import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { MailedToken } from '../one-time-tokens/mailed-token.decorator.js';
import { EmailAddress } from '../users/user-fields.decorators.js';

/** The token of a link that was mailed. */
export class TokenDto {
  @MailedToken()
  token!: string;
}

/** The address to move to, and proof that it is the owner who asks. */
export class ChangeEmailDto {
  @EmailAddress()
  newEmail!: string;

  @CurrentPassword()
  currentPassword!: string;
}
