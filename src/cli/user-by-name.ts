import { Injectable } from '@nestjs/common';
import { OperatorError } from '../common/operator-error.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** Accounts as they are named on the command line. */
@Injectable()
export class UserByName {
  constructor(private readonly users: UsersService) {}

  /** By username or email address. Throws `OperatorError` when there is none. */
  async find(name: string): Promise<User> {
    const user = await this.users.findForSignIn(name);
    if (!user) throw new OperatorError(`There is no user ${name}.`);
    return user;
  }
}
