import { Injectable } from '@nestjs/common';
import { AccountDto } from '../users/account.dto.js';
import type { User } from '../users/user.entity.js';
import { PermissionsService } from './permissions.service.js';

/** An account as its owner sees it, with what it has been given. */
@Injectable()
export class AccountPresenter {
  constructor(private readonly permissions: PermissionsService) {}

  async present(user: User): Promise<AccountDto> {
    return AccountDto.of(user, await this.permissions.grantsOf(user.id));
  }
}
