import type { Grants } from '../../access/principal.js';
import { AccountDto } from '../../users/account.dto.js';
import { isUnclaimed } from '../../users/invited.js';
import { HostFields, hostFieldsOf } from '../../users/user-field.decorator.js';
import type { User } from '../../users/user.entity.js';

/** An account as administrators see it. */
@HostFields('user')
export class UserDto extends AccountDto {
  /** An inactive account cannot sign in, and holds no permission. */
  isActive!: boolean;
  /** When the owner was last invited to choose a password. Null when they were not, or have used the account since. */
  invitedAt!: Date | null;

  static override of(user: User, grants: Grants): UserDto {
    return Object.assign(AccountDto.of(user, grants), {
      isActive: user.isActive,
      invitedAt: isUnclaimed(user) ? user.invitedAt : null,
      ...hostFieldsOf('user', user),
    });
  }
}
