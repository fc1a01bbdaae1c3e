import { IfGiven } from '../http/if-given.decorator.js';
import { CurrentPassword } from '../passwords/current-password.decorator.js';
import { EmailedToken } from '../one-time-tokens/emailed-token.decorator.js';
import { EmailAddress } from '../users/user-fields.decorators.js';
import { KeepIdentities } from './keep-identities.decorator.js';

/** The token of a link that was mailed. */
export class TokenDto {
  @EmailedToken()
  token!: string;
}

/** The token of a link that proves an address, and what shows that the account is the caller's. */
export class ConfirmEmailDto extends TokenDto {
  /** Needed unless the caller is signed in to the account. */
  @IfGiven()
  @CurrentPassword()
  password?: string;

  @KeepIdentities()
  keepIdentities?: string[];
}

/** The token of a link that undoes a change of address. */
export class UndoEmailChangeDto extends TokenDto {
  @KeepIdentities()
  keepIdentities?: string[];
}

/** The address to move to, and proof that it is the owner who asks. */
export class ChangeEmailDto {
  @EmailAddress()
  newEmail!: string;

  @CurrentPassword()
  currentPassword!: string;
}
