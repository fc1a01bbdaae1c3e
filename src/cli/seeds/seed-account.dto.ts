import { HostFields } from '../../users/user-field.decorator.js';
import { EmailAddress, Flag, PersonName, Username } from '../../users/user-fields.decorators.js';
import { IfGiven } from '../../http/if-given.decorator.js';
import { NewPassword } from '../../passwords/new-password.decorator.js';
import { RoleNameList } from '../../permissions/grant-fields.decorators.js';

/** The rules for an account that a seed adds: those of registration and of the administration. */
@HostFields('creation')
export class SeedAccountDto {
  @Username()
  username?: string;

  @EmailAddress()
  email!: string;

  @IfGiven()
  @NewPassword()
  password?: string;

  @PersonName()
  firstName?: string;

  @PersonName()
  lastName?: string;

  @Flag()
  isActive?: boolean;

  @Flag()
  isSuperuser?: boolean;

  @RoleNameList({ required: false })
  roles?: string[];
}
