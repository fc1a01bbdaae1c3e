import { Injectable } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError, type Finding } from '../http/app-error.js';
import { OPERATOR } from '../http/current-actor.decorator.js';
import { RequestValidationPipe } from '../http/validation.pipe.js';
import { isPolicyCode } from '../passwords/password-policy.js';
import { OPERATOR_PLACE } from '../passwords/hash-place.js';
import { CustomPasswordRules } from '../passwords/custom-password-rules.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { AddressesService } from '../users/addresses.service.js';
import { personalFieldsOf } from '../users/user-changes.js';
import { Admission } from '../users/admission.js';
import { RegistrationRules } from '../users/registration-rules.js';
import { hostFieldsOf } from '../users/user-field.decorator.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService } from './email-proof.service.js';
import { RegisterDto } from './register.dto.js';

/** Making superusers: for whoever has the machine, never for a request. */
@Injectable()
export class SuperusersService {
  private readonly validation = new RequestValidationPipe();

  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly passwords: PasswordsService,
    private readonly proof: EmailProofService,
    private readonly audit: AuditService,
    private readonly rules: RegistrationRules,
    private readonly passwordRules: CustomPasswordRules,
  ) {}

  /**
   * Everything that is wrong with an account before it is made; the rules are those of registration.
   * @param skipRule passes over the rule of the product for accounts
   */
  async check(
    typed: Partial<RegisterDto>,
    { skipRule = false }: { skipRule?: boolean } = {},
  ): Promise<Finding[]> {
    const account = plainToInstance(RegisterDto, typed);
    const findings = await this.findingsOf(account, skipRule);
    const refusal = account.username && (await this.users.refusalOfUsername(account.username));
    const taken = await this.findingsOfOwner(account.email);
    return [...(refusal ? refusal.errors : []), ...findings, ...taken];
  }

  /**
   * Adds an active superuser, whose address counts as proven: the operator vouches for it, so that the first one gets
   * in before any email can be sent. Throws `AppError` 422 with what is wrong, 409 `username_taken`.
   * @param options `acceptWeakPassword`: passes over the password policy, never over its bounds. `skipRule`: passes over
   * the rule of the product for accounts
   */
  async create(
    typed: RegisterDto,
    { acceptWeakPassword, skipRule = false }: { acceptWeakPassword: boolean; skipRule?: boolean },
  ): Promise<User> {
    // In the form in which it is stored, whether or not the rules about its password are passed over.
    const account = plainToInstance(RegisterDto, typed);
    const findings = (await this.findingsOf(account, skipRule)).filter(
      ({ code }) => !(acceptWeakPassword && isPolicyCode(code)),
    );
    if (findings.length > 0) throw AppError.validation(findings);
    const { username, email, password } = account;
    const passwordHash = await this.passwords.hash(password, OPERATOR_PLACE);
    return this.dataSource.transaction(async (tx) => {
      await this.addresses.lockAddress(tx, email);
      const taken = await this.findingsOfOwner(email, tx);
      if (taken.length > 0) throw AppError.validation(taken);
      const fields = hostFieldsOf('registration', account);
      const added = { username, email, passwordHash, isSuperuser: true, ...fields };
      // The rule was asked with everything else, unless the operator passes over it.
      const user = await this.users.create(tx, added, Admission.unasked(email));
      await this.audit.recordEvent(tx, 'user.created', OPERATOR, userSubject(user.id), {
        changes: { isSuperuser: { old: null, new: true } },
        personalChanges: personalFieldsOf(user),
      });
      return this.proof.prove(tx, OPERATOR, user, email, 'just_opened');
    });
  }

  /** What is wrong with an address that another account has proven. */
  private async findingsOfOwner(email = '', tx?: EntityManager): Promise<Finding[]> {
    const owner = email === '' ? null : await this.addresses.findOwnerOf(email, tx);
    if (!owner) return [];
    const message = `The account ${owner.username} has proven this address.`;
    return [{ field: 'email', code: 'email_taken', message }];
  }

  private async findingsOf(account: Partial<RegisterDto>, skipRule: boolean): Promise<Finding[]> {
    const findings = await this.findingsOfInput(account);
    const isRight = (field: string) => findings.every((finding) => finding.field !== field);
    const { username = null, email, password } = account;
    if (!skipRule && email !== undefined && isRight('email')) {
      const fields = hostFieldsOf('registration', account);
      findings.push(...(await this.rules.findingsOf({ origin: 'cli', username, email, fields })));
    }
    if (password !== undefined && isRight('password')) {
      findings.push(...(await this.passwordRules.findingsOf(password, account, 'password')));
    }
    return findings;
  }

  private async findingsOfInput(account: Partial<RegisterDto>): Promise<Finding[]> {
    try {
      await this.validation.transform(account, { type: 'body', metatype: RegisterDto });
      return [];
    } catch (error) {
      if (error instanceof AppError) return [...error.errors];
      throw error;
    }
  }
}
