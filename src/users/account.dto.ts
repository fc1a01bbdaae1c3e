import { ApiProperty } from '@nestjs/swagger';
import type { Grants } from '../access/principal.js';
import { HostFields, hostFieldsOf } from './user-field.decorator.js';
import type { User } from './user.entity.js';
import { UsernameInAnswer } from './username-fields.js';
import { usernameInAnswer } from './usernames.js';

/** An account as its owner sees it. */
@HostFields('account')
export class AccountDto {
  /** @example 0198b7f2-5d1e-4c53-9a55-0c6a3f6c2a11 */
  @ApiProperty({ format: 'uuid' })
  id!: string;
  @UsernameInAnswer()
  username!: string | null;
  /** @example ann@example.com */
  @ApiProperty({ format: 'email' })
  email!: string;
  /** Whether someone has proven to read mail at this address. */
  emailVerified!: boolean;
  /** @example Ann */
  firstName!: string;
  /** @example Example */
  lastName!: string;
  /** @example ["editor"] */
  roles!: string[];
  /**
   * What the account may do, by roles and directly.
   * @example ["articles.publish"]
   */
  permissions!: string[];
  /**
   * Superusers may do everything.
   * @example false
   */
  isSuperuser!: boolean;
  createdAt!: Date;
  /** The latest sign-in, null before the first. */
  lastLoginAt!: Date | null;

  /** Picks what the owner may see: a column that is added to the table does not leak by itself. */
  static of(user: User, { roles, permissions }: Grants): AccountDto {
    const { id, username, email, firstName, lastName, isSuperuser, createdAt, lastLoginAt } = user;
    return {
      id,
      username: usernameInAnswer(username),
      email,
      emailVerified: user.emailVerifiedAt !== null,
      firstName,
      lastName,
      roles: [...roles],
      permissions: [...permissions],
      isSuperuser,
      createdAt,
      lastLoginAt,
      ...hostFieldsOf('account', user),
    };
  }
}
