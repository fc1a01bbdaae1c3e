import { IfGiven } from '../../http/if-given.decorator.js';
import { HostFields } from '../../users/user-field.decorator.js';
import { EmailAddress, Flag, PersonName, Username } from '../../users/user-fields.decorators.js';

/** What to change about an account; what is left out stays. Nobody sets somebody else's password. */
@HostFields('change')
export class ChangeUserDto {
  @IfGiven()
  @Username({ required: false })
  username?: string;

  /** A new address is not verified. */
  @IfGiven()
  @EmailAddress({ required: false })
  email?: string;

  @PersonName()
  firstName?: string;

  @PersonName()
  lastName?: string;

  /** Deactivating ends all sessions of the account. */
  @Flag()
  isActive?: boolean;

  /** Only a superuser makes or unmakes a superuser. */
  @Flag()
  isSuperuser?: boolean;
}
