import { Injectable } from '@nestjs/common';
import { OperatorError } from '../common/operator-error.js';
import { AddressesService } from '../users/addresses.service.js';
import type { User } from '../users/user.entity.js';
import { hasUsernames } from '../users/usernames.js';
import { UsersService } from '../users/users.service.js';

/** Accounts as they are named on the command line. */
@Injectable()
export class UserByName {
  constructor(
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
  ) {}

  /**
   * By username or email address; without usernames, also by an address that one account alone claims. Throws
   * `OperatorError` when there is none.
   */
  async find(name: string): Promise<User> {
    const user = await this.users.findForSignIn(name);
    if (user) return user;
    const claims = hasUsernames() ? [] : await this.addresses.findClaims(name);
    if (claims.length > 1) {
      throw new OperatorError(
        `${claims.length} accounts claim the address ${name}, and none of them has proven it.`,
      );
    }
    if (!claims[0]) throw new OperatorError(`There is no user ${name}.`);
    return claims[0];
  }
}
