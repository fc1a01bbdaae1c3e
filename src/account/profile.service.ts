import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { UpdateMeDto } from './update-me.dto.js';

/** Looking at and editing one's own account. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
  ) {}

  /** Throws `AppError` 401 when the account is gone. */
  async get(userId: string): Promise<User> {
    return present(await this.users.findById(userId));
  }

  /** Throws `AppError` 401 when the account is gone. */
  async update(userId: string, names: UpdateMeDto): Promise<User> {
    return this.dataSource.transaction(async (tx) =>
      present(await this.users.updateNames(tx, userId, names)),
    );
  }
}

function present(user: User | null): User {
  if (!user) throw new AppError('invalid_token');
  return user;
}
