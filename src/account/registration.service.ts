import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../common/app-error.js';
import { AppConfig } from '../config/app-config.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { User } from '../users/user.entity.js';
import { usernameTaken, UsersService } from '../users/users.service.js';
import type { RegisterDto } from './register.dto.js';

/** Opening an account for oneself. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly config: AppConfig,
  ) {}

  /**
   * Adds an account. The email address is a claim that nothing is said about: whether somebody else
   * has it, verified or not, makes no difference to the answer (ASVS 6.3.8).
   * Throws `AppError` 403 `registration_closed`, 409 `username_taken`, 503 `hash_queue_full`.
   */
  async register({ username, email, password }: RegisterDto): Promise<User> {
    if (this.config.registration === 'closed') throw new AppError('registration_closed');
    // Usernames are public, so a taken one need not cost a hash. The unique key decides in the end.
    if (await this.users.isUsernameTaken(username)) throw usernameTaken();
    const passwordHash = await this.passwords.hash(password);
    return this.dataSource.transaction((tx) =>
      this.users.create(tx, { username, email, passwordHash }),
    );
  }
}
