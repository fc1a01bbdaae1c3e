import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { EmailProofService } from '../account/email-proof.service.js';
import { MailLimits } from '../account/mail-limits.js';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../common/app-error.js';
import type { CallingActor } from '../common/current-actor.decorator.js';
import { AppConfig } from '../config/app-config.js';
import type { FederatedIdentity } from '../federation/federated-identity.entity.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import type { ProvenIdentity } from '../federation/federation.service.js';
import { proposedUsernames } from '../federation/proposed-username.js';
import { LimitsService } from '../throttling/limits.service.js';
import { AddressesService } from '../users/addresses.service.js';
import { emailKey } from '../users/identifiers.js';
import { personalFieldsOf } from '../users/user-changes.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { IdentityLinks } from './identity-links.js';

/** So many usernames are tried for a new account. */
const MAX_TRIES = 10;

/** Whose account an identity opens, and what happens when it comes for the first time. */
@Injectable()
export class FederatedAccountsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly addresses: AddressesService,
    private readonly identities: FederatedIdentitiesService,
    private readonly links: IdentityLinks,
    private readonly proof: EmailProofService,
    private readonly limits: LimitsService,
    private readonly mailLimits: MailLimits,
    private readonly audit: AuditService,
    private readonly config: AppConfig,
  ) {}

  /**
   * The account of an identity (docs/federation.md has the rules). Throws `AppError` 403 `registration_closed` and
   * `email_not_verified`, 409 `federation_sign_in_to_link`, 429 `too_many_requests`, 503.
   */
  async accountOf(actor: CallingActor, proven: ProvenIdentity): Promise<User> {
    const identity = await this.identities.find(proven.claims);
    const user = identity
      ? await this.ownerOf(actor, proven, identity)
      : ((await this.ownerOfAddress(actor, proven)) ?? (await this.newAccount(actor, proven)));
    if (!user.isActive) {
      throw new AppError('invalid_credentials', {
        detail: 'This account is inactive. Ask an administrator.',
      });
    }
    if (!user.emailVerifiedAt && this.config.emailVerification === 'mandatory') {
      if (identity) await this.askAgain(actor, user);
      throw new AppError('email_not_verified', {
        detail: 'Confirm your email address first: a mail is on its way to you.',
      });
    }
    return user;
  }

  /** Nothing but the key decides; what the provider calls them today is only noted (ATTACKS A58). */
  private async ownerOf(
    actor: CallingActor,
    { claims }: ProvenIdentity,
    { id, userId }: FederatedIdentity,
  ): Promise<User> {
    await this.identities.touch(id, claims, new Date());
    const user = await this.users.findById(userId);
    if (!user) throw new AppError('federation_attempt_invalid');
    const isStillTheirs = claims.emailVerified && emailKey(claims.email) === user.emailKey;
    return isStillTheirs && !user.emailVerifiedAt ? this.proveAddress(actor, user) : user;
  }

  /** An address that was a claim until now, and of which the provider has learnt since that it is theirs. */
  private async proveAddress(actor: CallingActor, { id, email }: User): Promise<User> {
    return this.dataSource.transaction(async (tx) => {
      await this.addresses.lock(tx, email);
      const user = await this.users.lock(tx, id);
      if (!user) throw new AppError('federation_attempt_invalid');
      const isOpen = user.isActive && user.email === email && !user.emailVerifiedAt;
      const owner = await this.addresses.findOwnerOf(email);
      return isOpen && !owner ? this.proof.prove(tx, actor, user, email, new Date()) : user;
    });
  }

  private async askAgain(actor: CallingActor, user: User): Promise<void> {
    if (user.email === '') return;
    if (!(await this.mailLimits.allows(actor, user.email))) return;
    await this.dataSource.transaction((tx) => this.proof.ask(tx, user, user.email));
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
    const identity = await this.identities.find(claims);
    if (identity) return this.ownerOf(actor, proven, identity);
    if (!provider.trustsEmail) {
      throw new AppError('federation_sign_in_to_link', {
        detail: `There is an account with your address ${claims.email} already. Sign in to it as you did before, and connect ${provider.label} on your profile.`,
      });
    }
    return this.dataSource.transaction(async (tx) => {
      const user = await this.users.lock(tx, owner.id);
      // It may have moved to another address since.
      if (!user?.isActive || user.emailKey !== owner.emailKey || !user.emailVerifiedAt) {
        throw new AppError('federation_attempt_invalid');
      }
      await this.links.add(tx, actor, user, proven);
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
    await this.limits.takeFrom(actor, 'registrations_per_ip', actor.client.ip);
    const asksForProof =
      this.hasUnprovenAddress(proven) && (await this.mailLimits.allows(actor, email));
    let tries = 0;
    for (const username of proposedUsernames(usernames)) {
      if (await this.users.isUsernameTaken(username)) continue;
      try {
        return await this.dataSource.transaction((tx) =>
          this.create(tx, actor, proven, { username, asksForProof }),
        );
      } catch (error) {
        const code = error instanceof AppError ? error.code : undefined;
        // The same person came twice at once.
        const identity = code === 'identity_taken' && (await this.identities.find(proven.claims));
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
    { username, asksForProof }: { username: string; asksForProof: boolean },
  ): Promise<User> {
    const { email, emailVerified, firstName, lastName } = proven.claims;
    await this.identities.lock(tx, proven.claims);
    if (emailVerified) await this.addresses.lock(tx, email);
    let user = await this.users.create(tx, { username, email, firstName, lastName });
    await this.audit.record(tx, 'user.registered', actor, userSubject(user.id), {
      personalChanges: personalFieldsOf(user),
    });
    await this.links.add(tx, actor, user, proven, { tells: false });
    // Who has the address is looked up afterwards in the other case: the answer must not tell (ATTACKS A04).
    if (emailVerified) user = await this.proof.prove(tx, actor, user, email, new Date());
    else if (asksForProof) await this.proof.ask(tx, user, email);
    return user;
  }

  private hasUnprovenAddress({ claims }: ProvenIdentity): boolean {
    return claims.email !== '' && !claims.emailVerified && this.config.emailVerification !== 'none';
  }
}
