import { Injectable } from '@nestjs/common';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { CallingActor } from '../http/current-actor.decorator.js';
import { AppConfig } from '../platform/config/app-config.js';
import { placeOfStranger } from '../passwords/hash-place.js';
import { CustomPasswordRules } from '../passwords/custom-password-rules.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { personalFieldsOf } from '../users/user-changes.js';
import { hostFieldsOf } from '../users/user-field.decorator.js';
import type { User } from '../users/user.entity.js';
import { RegistrationRules } from '../users/registration-rules.js';
import { hasUsernames } from '../users/usernames.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import { EmailLimits } from './email-limits.js';
import type { RegisterDto } from './register.dto.js';

/** Opening an account for oneself. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly proof: EmailProofService,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
    private readonly emailLimits: EmailLimits,
    private readonly config: AppConfig,
    private readonly rules: RegistrationRules,
    private readonly passwordRules: CustomPasswordRules,
  ) {}

  /**
   * Adds an account. The email address is a claim that nothing is said about: whether somebody else
   * has it, verified or not, makes no difference to the answer (ASVS 6.3.8). A mail goes to the address:
   * it asks for proof, or tells its owner that somebody tried.
   * Throws `AppError` 403 `registration_closed`, 409 `username_taken`, 422 for what the rules of the product
   * refuse, 429 `too_many_requests`, 503.
   */
  async register(actor: CallingActor, account: RegisterDto): Promise<User> {
    const { username, email, password } = account;
    if (this.config.registration === 'closed') throw new AppError('registration_closed');
    await this.limits.countAgainstLimitOfNetwork(actor, 'registrations_per_ip', actor.client.ip);
    const fields = hostFieldsOf('registration', account);
    const candidate = { origin: 'registration', username, email, fields } as const;
    const admission = await this.rules.admit(candidate);
    const findings = await this.passwordRules.findingsOf(password, account, 'password');
    if (findings.length > 0) throw AppError.validation(findings);
    // Usernames are public, so a taken one need not cost a hash. The unique key decides in the end.
    const refusal = hasUsernames() && (await this.users.refusalOfChosenUsername(username));
    if (refusal) throw refusal;
    const asksForProof =
      this.config.emailVerification !== 'none' &&
      (await this.emailLimits.allowsEmail(actor, email));
    const passwordHash = await this.passwords.hash(password, placeOfStranger(actor));
    return this.dataSource.transaction(async (tx) => {
      const added = { username, email, passwordHash, ...fields };
      const user = await this.users.create(tx, added, admission);
      await this.audit.recordEvent(tx, 'user.registered', actor, userSubject(user.id), {
        personalChanges: personalFieldsOf(user),
      });
      if (asksForProof) await this.proof.requestProof(tx, user, user.email);
      return user;
    });
  }
}
