import { Injectable } from '@nestjs/common';
import { PermissionsService } from '../../permissions/permissions.service.js';
import type { User } from '../../users/user.entity.js';
import { UserDto } from './user.dto.js';

/** An account as administrators see it, with what it has been given. */
@Injectable()
export class UserPresenter {
  constructor(private readonly permissions: PermissionsService) {}

  async present(user: User): Promise<UserDto> {
    return UserDto.of(user, await this.permissions.grantsOf(user.id));
  }
}
