import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { PasswordProof } from '../passwords/password-proof.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { AddressesService } from '../users/addresses.service.js';
import type { AuthenticatedUser } from '../users/authenticated-user.js';
import { hasPassword, unusablePasswordHash } from '../users/unusable-password.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { EmailProofService, NO_UNDO_LINKS } from './email-proof.service.js';
import type { Kept } from './ways-in.js';

/** What the person who uses a link shows or chooses beside it. */
export interface Holding {
  /** The password of the account. */
  password?: string | undefined;
  /** The id of an identity that they have just proven at its provider. */
  identity?: string | undefined;
  /** The ids of the identities that they want to keep. */
  keepIdentities?: readonly string[] | undefined;
  /** Lets the link alone confirm the address of an account that has a password: the password stays. */
  linkAlone?: boolean | undefined;
}

/**
 * Using a link that proves an address. The mailbox alone is not enough: a stranger may have opened the account with
 * the address of somebody else, who would press a button and make the stranger's account a proven one.
 */
@Injectable()
export class EmailConfirmationService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly tokens: OneTimeTokensService,
    private readonly identities: FederatedIdentitiesService,
    private readonly passwords: PasswordProof,
    private readonly proof: EmailProofService,
  ) {}

  /**
   * Uses a link up: the address is proven from now on, and is the account's. Other accounts lose their unproven
   * claims to it. Throws `AppError` 400 `invalid_link`, 409 `sign_in_to_confirm` unless the caller is signed in to
   * the account, knows its password, or the link alone is enough, 401 `invalid_credentials` for a wrong one, 429 `too_many_requests`, 503.
   * @returns the caller, if it was the password that showed who they are: they may be signed in
   */
  async confirm(
    actor: Actor,
    token: string,
    holding: Holding = {},
  ): Promise<AuthenticatedUser | undefined> {
    const { userId, value: address } = await this.tokens.read('prove_email', token);
    const { password } = holding;
    const proven = password === undefined ? undefined : await this.ownerOf(actor, userId, password);
    return this.dataSource.transaction(async (tx) => {
      await this.addresses.lockAddress(tx, address);
      // The account before its tokens: so do the triggers.
      const user = proven
        ? await this.passwords.lockProvenUser(tx, proven.user)
        : await this.users.lockUser(tx, userId);
      await this.tokens.consume(tx, 'prove_email', token);
      if (!user?.isActive) throw new AppError('invalid_link');
      const kept = await this.keptBy(tx, actor, user, holding);
      const confirmed = await this.proof.confirm(tx, actor, user, address, kept);
      return proven && { ...proven, user: confirmed };
    });
  }

  private async ownerOf(
    actor: Actor,
    userId: string,
    password: string,
  ): Promise<AuthenticatedUser> {
    const account = await this.users.findById(userId);
    if (!account?.isActive) throw new AppError('invalid_link');
    const proven = await this.passwords.provePasswordOf(actor, account.username, password, userId);
    if (proven.user.id !== userId) throw new AppError('invalid_credentials');
    return proven;
  }

  /** What stays if nobody has proven an address of the account before. */
  private async keptBy(
    tx: EntityManager,
    { principal }: Actor,
    user: User,
    { password, identity, keepIdentities = [], linkAlone = false }: Holding,
  ): Promise<Kept> {
    const session = principal?.userId === user.id ? principal : undefined;
    const holdsPassword = password !== undefined || session?.amr.includes('pwd') === true;
    const connected = (await this.identities.identitiesOf(user.id, tx)).map(({ id }) => id);
    // A session does not tell which identity opened it: where there are several, it proves none.
    const isBySession = session?.amr.includes('fed') === true && connected.length === 1;
    const held = connected.filter((id) => id === identity || isBySession);
    const isOwner = user.emailVerifiedAt !== null && session !== undefined;
    const showsNothing = !holdsPassword && held.length === 0 && !isOwner;
    if (showsNothing && !(linkAlone && hasPassword(user))) throw new AppError('sign_in_to_confirm');
    const staysAsItIs = holdsPassword || showsNothing || !hasPassword(user);
    return {
      passwordHash: staysAsItIs ? user.passwordHash : unusablePasswordHash(),
      identities: [...held, ...keepIdentities],
      session: session?.sessionId,
      undoLinksBefore: NO_UNDO_LINKS,
    };
  }
}
