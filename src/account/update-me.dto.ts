import { HostFields } from '../users/user-field.decorator.js';
import { PersonName } from '../users/user-fields.decorators.js';

/** What the owner of an account may change about it; what is left out stays. */
@HostFields('profile')
export class UpdateMeDto {
  @PersonName()
  firstName?: string;

  @PersonName()
  lastName?: string;
}
