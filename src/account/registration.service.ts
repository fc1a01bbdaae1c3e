import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { Actor } from '../common/current-actor.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { personalFieldsOf } from '../users/user-changes.js';
import { hostFieldsOf } from '../users/user-field.decorator.js';
import type { User } from '../users/user.entity.js';
import { usernameTaken, UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import type { RegisterDto } from './register.dto.js';

/** Opening an account for oneself. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly proof: EmailProofService,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
  ) {}

  /**
   * Adds an account. The email address is a claim that nothing is said about: whether somebody else
   * has it, verified or not, makes no difference to the answer (ASVS 6.3.8). A mail goes to the address:
   * it asks for proof, or tells its owner that somebody tried.
   * Throws `AppError` 403 `registration_closed`, 409 `username_taken`, 503 `hash_queue_full`.
   */
  async register(actor: Actor, account: RegisterDto): Promise<User> {
    const { username, email, password } = account;
    if (this.config.registration === 'closed') throw new AppError('registration_closed');
    // Usernames are public, so a taken one need not cost a hash. The unique key decides in the end.
    if (await this.users.isUsernameTaken(username)) throw usernameTaken();
    const passwordHash = await this.passwords.hash(password);
    return this.dataSource.transaction(async (tx) => {
      const user = await this.users.create(tx, {
        username,
        email,
        passwordHash,
        ...hostFieldsOf('registration', account),
      });
      await this.audit.record(tx, 'user.registered', actor, userSubject(user.id), {
        personalChanges: personalFieldsOf(user),
      });
      if (this.config.emailVerification !== 'none') {
        await this.proof.ask(tx, user, user.email);
      }
      return user;
    });
  }
}
