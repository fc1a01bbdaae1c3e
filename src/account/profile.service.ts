import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { AccountPresenter } from '../permissions/account-presenter.js';
import type { AccountDto } from '../users/account.dto.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import type { UpdateMeDto } from './update-me.dto.js';

/** Looking at and editing one's own account. */
@Injectable()
export class ProfileService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly accounts: AccountPresenter,
  ) {}

  /** Throws `AppError` 401 when the account is gone. */
  async get(userId: string): Promise<AccountDto> {
    return this.describe(await this.users.findById(userId));
  }

  /** Throws `AppError` 401 when the account is gone. */
  async update(userId: string, names: UpdateMeDto): Promise<AccountDto> {
    const user = await this.dataSource.transaction((tx) =>
      this.users.updateNames(tx, userId, names),
    );
    return this.describe(user);
  }

  private async describe(user: User | null): Promise<AccountDto> {
    if (!user) throw new AppError('invalid_token');
    return this.accounts.present(user);
  }
}
