import { CodenameList, RoleNameList } from '../permissions/grant-fields.decorators.js';
import { HostFields } from '../users/user-field.decorator.js';
import { EmailAddress, Flag, PersonName, Username } from '../users/user-fields.decorators.js';

/** A new account. It has no password: start a password reset, and its owner chooses one. */
@HostFields('creation')
export class CreateUserDto {
  @Username()
  username!: string;

  @EmailAddress()
  email!: string;

  @PersonName()
  firstName?: string;

  @PersonName()
  lastName?: string;

  /** True unless it is said otherwise. */
  @Flag()
  isActive?: boolean;

  /** Only a superuser makes a superuser. */
  @Flag()
  isSuperuser?: boolean;

  /** Names of roles that you have yourself. */
  @RoleNameList({ required: false })
  roles?: string[];

  /** Permissions that you hold yourself, granted directly. */
  @CodenameList({ required: false })
  permissions?: string[];
}
