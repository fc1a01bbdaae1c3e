import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { UsersService } from '../users/users.service.js';

/** Closing one's own account. */
@Injectable()
export class DeletionService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * Deletes the account and with it all its sessions, when the password is right.
   * Throws `AppError` 422 naming `currentPassword` otherwise.
   */
  async delete(userId: string, currentPassword: string): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user) throw new AppError('invalid_token');
    const isMatch = await this.passwords.verify(currentPassword, user.passwordHash);
    const isDeleted =
      isMatch && (await this.dataSource.transaction((tx) => this.users.delete(tx, user)));
    if (!isDeleted) {
      throw AppError.validation([
        {
          field: 'currentPassword',
          code: 'password_incorrect',
          message: 'This is not your current password.',
        },
      ]);
    }
  }
}
