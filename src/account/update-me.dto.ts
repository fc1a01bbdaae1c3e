import { IfGiven } from '../http/if-given.decorator.js';
import { HostFields } from '../users/user-field.decorator.js';
import { PersonName, Username } from '../users/user-fields.decorators.js';

/** What the owner of an account may change about it; what is left out stays. */
@HostFields('profile')
export class UpdateMeDto {
  /** Needs a recent sign-in. The one before stays yours until you change it again. */
  @IfGiven()
  @Username({ required: false })
  username?: string;

  @PersonName()
  firstName?: string;

  @PersonName()
  lastName?: string;
}
