import { MailedToken } from '../one-time-tokens/mailed-token.decorator.js';
import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { NewPassword } from '../passwords/new-password.decorator.js';
import { EmailAddress } from '../users/user-fields.decorators.js';

/** The old password and the new one. */
export class ChangePasswordDto {
  @CurrentPassword()
  currentPassword!: string;

  @NewPassword()
  newPassword!: string;
}

/** Whose password is forgotten. */
export class RequestResetDto {
  @EmailAddress()
  email!: string;
}

/** The token of the link, and the new password. */
export class ConfirmResetDto {
  @MailedToken()
  token!: string;

  @NewPassword()
  newPassword!: string;
}
