import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EmailProofService, NO_UNDO_LINKS } from '../account/email-proof.service.js';
import { EmailLimits } from '../account/email-limits.js';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { CallingActor } from '../http/current-actor.decorator.js';
import { AppConfig } from '../platform/config/app-config.js';
import type { FederatedIdentity } from '../federation/federated-identity.entity.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import type { ProvenIdentity } from '../federation/federation.service.js';
import { GatehouseDataSource } from '../platform/database/data-source.js';
import { proposedUsernames } from '../users/proposed-username.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { AddressesService } from '../users/addresses.service.js';
import { emailKey } from '../users/identifiers.js';
import type { Admission } from '../users/admission.js';
import { RegistrationRules } from '../users/registration-rules.js';
import { hasPassword, unusablePasswordHash } from '../users/unusable-password.js';
import { personalFieldsOf } from '../users/user-changes.js';
import type { User } from '../users/user.entity.js';
import { hasUsernames } from '../users/usernames.js';
import { UsersService } from '../users/users.service.js';
import { IdentityLinks } from './identity-links.js';

/** What an account is opened with. */
interface Opened {
  /** Undefined where accounts have no usernames. */
  username: string | undefined;
  asksForProof: boolean;
  admission: Admission;
}

/** So many usernames are tried for a new account. */
const MAX_TRIES = 10;

/** Whose account an identity opens, and what happens when it comes for the first time. */
@Injectable()
export class FederatedAccountsService {
  constructor(
    private readonly dataSource: GatehouseDataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly identities: FederatedIdentitiesService,
    private readonly links: IdentityLinks,
    private readonly proof: EmailProofService,
    private readonly limits: LimitsService,
    private readonly emailLimits: EmailLimits,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
    private readonly rules: RegistrationRules,
  ) {}

  /**
   * The account of an identity (docs/federation.md has the rules), and whether it was opened just now. Whether the
   * account may sign in, `LoginService.complete` decides. Throws `AppError` 403 `registration_closed`, `registration_refused` and
   * `email_not_verified`, 409 `federation_sign_in_to_link`, 429 `too_many_requests`, 503.
   */
  async accountOf(
    actor: CallingActor,
    proven: ProvenIdentity,
  ): Promise<{ user: User; isNew: boolean }> {
    const identity = await this.identities.findIdentity(proven.claims);
    const known = identity
      ? await this.ownerOf(actor, proven, identity)
      : await this.ownerOfAddress(actor, proven);
    if (known) return { user: known, isNew: false };
    return { user: await this.newAccount(actor, proven), isNew: true };
  }

  /** Nothing but the key decides; what the provider calls them today is only noted (ATTACKS A58). */
  private async ownerOf(
    actor: CallingActor,
    proven: ProvenIdentity,
    { id, userId }: FederatedIdentity,
  ): Promise<User> {
    const { claims } = proven;
    await this.identities.touch(id, claims, new Date());
    const user = await this.users.findById(userId);
    if (!user) throw new AppError('federation_attempt_invalid');
    const isStillTheirs = provesAddress(proven) && emailKey(claims.email) === user.emailKey;
    return isStillTheirs && !user.emailVerifiedAt ? this.proveAddress(actor, user, id) : user;
  }

  /**
   * An address that was a claim until now, and of which the provider has learnt since that it is theirs. Whatever else
   * opens the account ends: a stranger may have attached it before.
   */
  private async proveAddress(
    actor: CallingActor,
    { id, email }: User,
    identityId: string,
  ): Promise<User> {
    return this.dataSource.transaction(async (tx) => {
      await this.addresses.lockAddress(tx, email);
      const user = await this.users.lockUser(tx, id);
      if (!user) throw new AppError('federation_attempt_invalid');
      const isOpen = user.isActive && user.email === email && !user.emailVerifiedAt;
      if (!isOpen || (await this.addresses.findOwnerOf(email, tx))) return user;
      return this.proof.prove(tx, actor, user, email, {
        by: 'proof_by_provider',
        kept: {
          passwordHash: hasPassword(user) ? unusablePasswordHash() : user.passwordHash,
          identities: [identityId],
          undoLinksBefore: NO_UNDO_LINKS,
        },
      });
    });
  }

  /** Has the link that proves the address sent again. Throws `AppError` 429 `too_many_requests`, 503. */
  async askForProof(actor: CallingActor, user: User): Promise<void> {
    if (user.email === '') return;
    if (!(await this.emailLimits.allowsEmail(actor, user.email))) return;
    await this.dataSource.transaction((tx) => this.proof.requestProof(tx, user, user.email));
  }

  /**
   * The account that has proven the address, if there is one. An identity is connected to it unasked only when
   * the provider says that the address is theirs, and is trusted to know (ATTACKS A57).
   */
  private async ownerOfAddress(
    actor: CallingActor,
    proven: ProvenIdentity,
  ): Promise<User | undefined> {
    const { provider, claims } = proven;
    const owner = claims.emailVerified && (await this.addresses.findOwnerOf(claims.email));
    if (!owner) return undefined;
    // The same person came twice at once, and this account has just been opened for them.
    const identity = await this.identities.findIdentity(claims);
    if (identity) return this.ownerOf(actor, proven, identity);
    if (!provider.trustsEmail) {
      throw new AppError('federation_sign_in_to_link', {
        detail: `There is an account with your address ${claims.email} already. Sign in to it as you did before, and connect ${provider.label} on your profile.`,
      });
    }
    return this.dataSource.transaction(async (tx) => {
      const user = await this.users.lockUser(tx, owner.id);
      // It may have moved to another address since.
      if (!user?.isActive || user.emailKey !== owner.emailKey || !user.emailVerifiedAt) {
        throw new AppError('federation_attempt_invalid');
      }
      await this.links.addLink(tx, actor, user, proven);
      return user;
    });
  }

  private async newAccount(actor: CallingActor, proven: ProvenIdentity): Promise<User> {
    const { email, usernames } = proven.claims;
    if (this.config.registration === 'closed') throw new AppError('registration_closed');
    if (email === '' && this.config.emailVerification === 'mandatory') {
      throw new AppError('email_not_verified', {
        detail: `${proven.provider.label} tells no email address of yours, and this place asks for a proven one.`,
      });
    }
    await this.limits.countAgainstLimitOfNetwork(actor, 'registrations_per_ip', actor.client.ip);
    const asksForProof =
      this.hasUnprovenAddress(proven) && (await this.emailLimits.allowsEmail(actor, email));
    let tries = 0;
    let admission: Admission | undefined;
    for (const username of hasUsernames() ? proposedUsernames(usernames) : [undefined]) {
      if (username && (await this.users.refusalOfChosenUsername(username))) continue;
      admission ??= await this.admit(proven, username);
      const opened = { username, asksForProof, admission };
      try {
        return await this.dataSource.transaction((tx) => this.create(tx, actor, proven, opened));
      } catch (error) {
        const code = error instanceof AppError ? error.code : undefined;
        // The same person came twice at once.
        const identity =
          code === 'identity_taken' && (await this.identities.findIdentity(proven.claims));
        if (identity) return this.ownerOf(actor, proven, identity);
        // Somebody else has just proven the address.
        if (code === 'invalid_link') throw new AppError('federation_attempt_invalid');
        if (code !== 'username_taken' || ++tries === MAX_TRIES) throw error;
      }
    }
    throw new Error('unreachable: usernames are proposed without end');
  }

  private async create(
    tx: EntityManager,
    actor: CallingActor,
    proven: ProvenIdentity,
    { username, asksForProof, admission }: Opened,
  ): Promise<User> {
    const { email, firstName, lastName } = proven.claims;
    await this.identities.lockIdentity(tx, proven.claims);
    const isProven = provesAddress(proven);
    if (isProven) await this.addresses.lockAddress(tx, email);
    const named = { ...(username !== undefined && { username }), email, firstName, lastName };
    let user = await this.users.create(tx, named, admission);
    await this.audit.recordEvent(tx, 'user.registered', actor, userSubject(user.id), {
      personalChanges: personalFieldsOf(user),
    });
    await this.links.addLink(tx, actor, user, proven, { isReported: false });
    // Who has the address is looked up afterwards in the other case: the answer must not tell (ATTACKS A04).
    if (isProven) user = await this.proof.prove(tx, actor, user, email, 'just_opened');
    else if (asksForProof) await this.proof.requestProof(tx, user, email);
    return user;
  }

  /** The visitor has no form in which a finding could be mended: the sentences are the answer. */
  private async admit(
    { provider, claims }: ProvenIdentity,
    username: string | undefined,
  ): Promise<Admission> {
    const candidate = {
      origin: 'provider',
      username: username ?? null,
      email: claims.email,
      provider: { name: provider.name, claims: { ...claims } },
    } as const;
    try {
      return await this.rules.admit(candidate);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'validation_failed') throw error;
      const detail = error.errors.map(({ message }) => message).join(' ');
      throw new AppError('registration_refused', { detail, cause: error });
    }
  }

  private hasUnprovenAddress(proven: ProvenIdentity): boolean {
    const isClaim = proven.claims.email !== '' && !provesAddress(proven);
    return isClaim && this.config.emailVerification !== 'none';
  }
}

/** A provider proves an address only if it says that it has verified it, and is trusted to know (ATTACKS A57). */
function provesAddress({ provider, claims }: ProvenIdentity): boolean {
  return provider.trustsEmail && claims.emailVerified;
}
