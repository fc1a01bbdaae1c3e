import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import type { Finding } from '../common/app-error.js';
import type { Actor } from '../common/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../common/page-paths.js';
import { AppConfig } from '../config/app-config.js';
import { MailService } from '../mail/mail.service.js';
import { brokenRules } from '../passwords/password-policy.js';
import { policyOptions } from '../passwords/policy-options.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** Giving an account another password, whoever decided it. */
@Injectable()
export class PasswordSettingService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly mail: MailService,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
  ) {}

  /** Which rules a password breaks for this account (ASVS 6.2.1 to 6.2.4). `field` is named in the findings. */
  check(user: User, password: string, field: string): Finding[] {
    const broken = brokenRules(password, user, policyOptions(this.config));
    return broken.map((rule) => ({ field, ...rule }));
  }

  /** Sets a password that was checked, in a transaction of its own; all sessions of the account end. */
  async set(actor: Actor, user: User, password: string): Promise<void> {
    const hash = await this.passwords.hash(password);
    await this.dataSource.transaction((tx) => this.store(tx, actor, user, hash));
  }

  /** Stores the hash of a password that was checked, and tells the owner. A trigger ends the sessions. */
  async store(tx: EntityManager, actor: Actor, user: User, hash: string): Promise<void> {
    await this.users.setPassword(tx, user.id, hash);
    await this.audit.record(tx, 'user.password_changed', actor, userSubject(user.id));
    await this.mail.send(tx, 'password_changed', user.email, {
      username: user.username,
      when: new Date().toUTCString(),
      resetLink: this.mail.link(PASSWORD_RESET_PATH),
    });
  }
}
