import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { LoginService } from '../auth/login.service.js';
import { TokensService } from '../auth/tokens.service.js';
import { MembershipsService } from '../permissions/memberships.service.js';
import { PermissionsService } from '../permissions/permissions.service.js';
import { RolesService } from '../permissions/roles.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import type { Session } from '../sessions/session.entity.js';
import type { AccountDto } from '../users/account.dto.js';
import { Admission } from '../users/admission.js';
import { AddressesService } from '../users/addresses.service.js';
import type { User } from '../users/user.entity.js';
import { hasUsernames } from '../users/usernames.js';
import { UsersService } from '../users/users.service.js';
import type { HttpClient } from './http-client.js';

/** Which account signs in, and how. Everything is optional. A new account has a proven address and no password. */
export interface SignInOptions {
  /**
   * An account with this name signs in, and is added if there is none. Its address is the name at `example.com`, and
   * names it alone in an application without usernames. Default: a new account.
   */
  username?: string;
  /** Permissions that the account is granted directly, instead of those it has. */
  permissions?: readonly string[];
  /** Names of the roles that the account is given, instead of those it has. */
  roles?: readonly string[];
  /** Whether a new account may do everything. Default: false. */
  superuser?: boolean;
  /** Columns of a new account, such as those that the product adds. */
  fields?: Record<string, unknown>;
  /** When its owner proved who they are, for routes that ask for a recent sign-in. Default: now. */
  authenticatedAt?: Date;
}

/** An account that is signed in. */
export interface SignedIn {
  /** A client that sends the access token. */
  http: HttpClient;
  account: AccountDto;
  accessToken: string;
  refreshToken: string;
  /** The session that the tokens belong to. */
  sessionId: string;
}

let serial = 0;

/** Opens sessions for accounts without a password: nothing is hashed, and every other step of a sign-in is taken. */
export class SignIn {
  constructor(private readonly nest: INestApplicationContext) {}

  /** Throws `AppError` as every sign-in does, and 422 for an unknown role or permission. */
  async signIn(http: HttpClient, options: SignInOptions): Promise<SignedIn> {
    const opened = await this.openSession(options);
    const tokens = await this.get(TokensService).issue(opened);
    return {
      http: http.as(tokens.accessToken),
      account: tokens.user,
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken!,
      sessionId: opened.session.id,
    };
  }

  /** Adds the account if need be, and opens a session for it. */
  async openSession(options: SignInOptions): Promise<{ user: User; session: Session }> {
    const { authenticatedAt } = options;
    const { username = `test-user-${++serial}` } = options;
    const name = hasUsernames() ? username : addressOf(username);
    // Before the transaction: it asks the pool.
    const known = await this.get(UsersService).findForSignIn(name);
    const user = await this.get(GatehouseDataSource).transaction(async (tx) => {
      const found = known ?? (await this.addUser(tx, username, options));
      await this.givePowers(tx, found.id, options);
      return found;
    });
    const client = { ip: '127.0.0.1', userAgent: 'test', requestId: randomUUID() };
    const authenticated = { user, amr: ['pwd'], ...(authenticatedAt && { authenticatedAt }) };
    return this.get(LoginService).complete({ origin: 'api', client }, authenticated);
  }

  private async givePowers(
    tx: EntityManager,
    userId: string,
    { permissions, roles }: SignInOptions,
  ): Promise<void> {
    const memberships = this.get(MembershipsService);
    if (permissions) {
      await this.get(PermissionsService).assertKnown(tx, [...permissions]);
      await memberships.setPermissions(tx, userId, [...permissions]);
    }
    if (roles) {
      const found = await this.get(RolesService).findRoles(tx, [...roles]);
      await memberships.setRoles(tx, userId, found);
    }
  }

  private async addUser(
    tx: EntityManager,
    username: string,
    { superuser: isSuperuser = false, fields }: SignInOptions,
  ): Promise<User> {
    const email = addressOf(username);
    const user = await this.get(UsersService).create(
      tx,
      { username, email, isSuperuser, ...fields },
      Admission.unasked(email),
    );
    // As its owner has done it: nothing that needs a proven address refuses the account.
    const proven = await this.get(AddressesService).setProvenAddress(tx, user, email, new Date());
    return proven?.user ?? user;
  }

  private get<T>(type: abstract new (...args: never[]) => T): T {
    return this.nest.get<T>(type, { strict: false });
  }
}

function addressOf(name: string): string {
  return name.includes('@') ? name : `${name}@example.com`;
}
