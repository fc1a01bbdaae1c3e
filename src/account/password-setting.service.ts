import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError, type Finding } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import { Brand } from '../platform/brand/brand.js';
import { AppConfig } from '../platform/config/app-config.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { EmailService } from '../platform/email/email.service.js';
import { OPERATOR_PLACE } from '../passwords/hash-place.js';
import { isHashable } from '../passwords/normalize-password.js';
import { exceededBounds } from '../passwords/password-bounds.js';
import { brokenRules } from '../passwords/password-policy.js';
import { policyOptions } from '../passwords/policy-options.js';
import { CustomPasswordRules } from '../passwords/custom-password-rules.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { RecoveryService } from './recovery.service.js';

/** Giving an account another password, whoever decided it. */
@Injectable()
export class PasswordSettingService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly email: EmailService,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
    private readonly brand: Brand,
    private readonly recoveries: RecoveryService,
    private readonly rules: CustomPasswordRules,
  ) {}

  /** Which rules a password breaks for this account (ASVS 6.2.1 to 6.2.4). `field` is named in the findings. */
  async check(user: User, password: string, field: string): Promise<Finding[]> {
    const broken = isHashable(password)
      ? brokenRules(password, user, policyOptions(this.config, this.brand.name))
      : [];
    const findings = [...exceededBounds(password), ...broken].map((rule) => ({ field, ...rule }));
    return findings.length > 0 ? findings : this.rules.findingsOf(password, user, field);
  }

  /**
   * Sets a password that was checked, for the operator, in a transaction of its own. Every other way into the account
   * ends. Throws `AppError` 404 when the account is gone.
   */
  async setPasswordForOperator(actor: Actor, { id }: User, password: string): Promise<void> {
    const passwordHash = await this.passwords.hash(password, OPERATOR_PLACE);
    await this.dataSource.transaction(async (tx) => {
      const user = await this.users.lockUser(tx, id);
      if (!user) throw new AppError('not_found');
      const kept = { passwordHash, identities: [], undoLinksBefore: new Date() };
      await this.recoveries.recover(tx, actor, user, 'operator_password', kept);
      await this.reportPasswordChange(tx, actor, user);
    });
  }

  /** Stores the hash of a password that was checked, and tells the owner. A trigger ends the sessions. */
  async storePassword(tx: EntityManager, actor: Actor, user: User, hash: string): Promise<void> {
    await this.users.setPassword(tx, user.id, hash);
    await this.reportPasswordChange(tx, actor, user);
  }

  /** Emails the owner about a changed password, and records it in the trail. */
  async reportPasswordChange(tx: EntityManager, actor: Actor, user: User): Promise<void> {
    await this.audit.recordEvent(tx, 'user.password_changed', actor, userSubject(user.id));
    await this.email.send(tx, 'password_changed', user.email, {
      username: user.username,
      when: new Date().toUTCString(),
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }
}
