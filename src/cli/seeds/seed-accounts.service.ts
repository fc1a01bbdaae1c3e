import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull, Not } from 'typeorm';
import { EmailProofService } from '../../account/email-proof.service.js';
import { AuditService, userSubject } from '../../audit/audit.service.js';
import { OperatorError } from '../../common/operator-error.js';
import { AppError } from '../../http/app-error.js';
import { OPERATOR } from '../../http/current-actor.decorator.js';
import { RequestValidationPipe } from '../../http/validation.pipe.js';
import { OPERATOR_PLACE } from '../../passwords/hash-place.js';
import { PasswordsService } from '../../passwords/passwords.service.js';
import { MembershipsService } from '../../permissions/memberships.service.js';
import { RolesService } from '../../permissions/roles.service.js';
import { Admission } from '../../users/admission.js';
import { AddressesService } from '../../users/addresses.service.js';
import { emailKey, usernameKey } from '../../users/identifiers.js';
import { personalFieldsOf } from '../../users/user-changes.js';
import { hostFieldsOf } from '../../users/user-field.decorator.js';
import { User } from '../../users/user.entity.js';
import { hasUsernames } from '../../users/usernames.js';
import { UsersService } from '../../users/users.service.js';
import type { SeedAccount } from './define-seed.js';
import { SeedAccountDto } from './seed-account.dto.js';

/** Adding the accounts of a seed, many at a time. */
@Injectable()
export class SeedAccountsService {
  private readonly validation = new RequestValidationPipe();

  constructor(
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly passwords: PasswordsService,
    private readonly proof: EmailProofService,
    private readonly roles: RolesService,
    private readonly memberships: MembershipsService,
    private readonly audit: AuditService,
  ) {}

  /** See `SeedContext.addAccounts`. */
  async add(
    tx: EntityManager,
    accounts: readonly SeedAccount[],
    password: string | undefined,
  ): Promise<User[]> {
    const checked: SeedAccountDto[] = [];
    for (const account of accounts) checked.push(await this.check(account, password));
    const known = await this.findKnown(tx, checked);
    const isNew = (account: SeedAccountDto) => !known.has(keyOf(account));
    const passwordHash =
      password === undefined || !checked.some(isNew)
        ? undefined
        : await this.passwords.hash(password, OPERATOR_PLACE);
    const users: User[] = [];
    for (const account of checked) {
      const user = known.get(keyOf(account));
      users.push(user ?? (await this.addOne(tx, account, passwordHash).catch(naming(account))));
    }
    return users;
  }

  private async check(account: SeedAccount, password: string | undefined): Promise<SeedAccountDto> {
    const given = { ...account, ...(password !== undefined && { password }) };
    return this.validation
      .transform(given, { type: 'body', metatype: SeedAccountDto })
      .catch(naming(account)) as Promise<SeedAccountDto>;
  }

  /** The accounts that exist, by their keys. */
  private async findKnown(
    tx: EntityManager,
    accounts: SeedAccountDto[],
  ): Promise<Map<string, User>> {
    const keys = In(accounts.map(keyOf));
    const users = await tx.findBy(
      User,
      hasUsernames() ? { usernameKey: keys } : { emailKey: keys, emailVerifiedAt: Not(IsNull()) },
    );
    return new Map(users.map((user) => [keyOf(user), user]));
  }

  private async addOne(
    tx: EntityManager,
    account: SeedAccountDto,
    passwordHash: string | undefined,
  ): Promise<User> {
    const { password: _, roles = [], ...fields } = account;
    await this.addresses.lockAddress(tx, account.email);
    const owner = await this.addresses.findOwnerOf(account.email, tx);
    if (owner) {
      const detail = `The account ${owner.username} has proven the address ${account.email}.`;
      throw new AppError('conflict', { detail });
    }
    const added = {
      ...fields,
      ...hostFieldsOf('creation', account),
      ...(passwordHash !== undefined && { passwordHash }),
    };
    // A rule of the product may ask others, which nothing does inside a transaction.
    const user = await this.users.create(tx, added, Admission.unasked(account.email));
    await this.audit.recordEvent(tx, 'user.created', OPERATOR, userSubject(user.id), {
      changes: {
        isActive: { old: null, new: user.isActive },
        isSuperuser: { old: null, new: user.isSuperuser },
      },
      personalChanges: personalFieldsOf(user),
    });
    if (roles.length > 0) await this.giveRoles(tx, user, roles);
    return this.proof.prove(tx, OPERATOR, user, user.email, 'seeded');
  }

  private async giveRoles(tx: EntityManager, user: User, names: string[]): Promise<void> {
    const roles = await this.roles.findRoles(tx, names);
    await this.memberships.setRoles(tx, user.id, roles);
    await this.audit.recordEvent(tx, 'user.roles_changed', OPERATOR, userSubject(user.id), {
      changes: { roles: { old: [], new: roles.map(({ name }) => name) } },
    });
  }
}

/** What an account is known by: its username, or its address where accounts have no usernames. */
function keyOf({ username, email }: { username?: string; email: string }): string {
  return hasUsernames() ? usernameKey(username!) : emailKey(email);
}

/** Says of which account an expected failure is. */
function naming({ username, email }: SeedAccount): (error: unknown) => never {
  return (cause) => {
    if (!(cause instanceof AppError)) throw cause;
    const reasons = cause.errors.map(({ field, message }) => `${field}: ${message}`);
    const reason = reasons.length > 0 ? reasons.join(' ') : cause.message;
    throw new OperatorError(`The account "${username ?? email}" cannot be added: ${reason}`, {
      cause,
    });
  };
}
