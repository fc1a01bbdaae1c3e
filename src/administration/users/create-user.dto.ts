import { CodenameList, RoleNameList } from '../../permissions/grant-fields.decorators.js';
import { HostFields } from '../../users/user-field.decorator.js';
import { EmailAddress, Flag, PersonName, Username } from '../../users/user-fields.decorators.js';

/** A new account. It has no password: its owner chooses one by the link of an invitation. */
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

  /**
   * Whether the owner is sent an invitation: an email with a link, good for 7 days, to choose a password. True unless
   * it is said otherwise. Nothing is sent for an inactive account, for an address that another account has proven, or
   * when no email can be sent; then `invitedAt` is null.
   */
  @Flag()
  sendInvitation?: boolean;

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
