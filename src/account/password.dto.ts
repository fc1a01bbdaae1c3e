import { EmailedToken } from '../one-time-tokens/emailed-token.decorator.js';
import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { NewPassword } from '../passwords/new-password.decorator.js';
import { EmailAddress } from '../users/user-fields.decorators.js';
import { KeepIdentities } from './keep-identities.decorator.js';

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

/** The token of the link, the new password, and what stays connected. */
export class ConfirmResetDto {
  @EmailedToken()
  token!: string;

  @NewPassword()
  newPassword!: string;

  @KeepIdentities()
  keepIdentities?: string[];
}
