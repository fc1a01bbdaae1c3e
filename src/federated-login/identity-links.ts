import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, userSubject } from '../audit/audit.service.js';
import { AppError } from '../http/app-error.js';
import type { Actor } from '../http/current-actor.decorator.js';
import { PASSWORD_RESET_PATH } from '../http/page-paths.js';
import type { FederatedIdentity } from '../federation/federated-identity.entity.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import type { ProvenIdentity } from '../federation/federation.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { EmailService } from '../platform/email/email.service.js';
import { hasPassword } from '../users/unusable-password.js';
import type { User } from '../users/user.entity.js';
import { labelsByIssuer } from '../federation/labels-by-issuer.js';

/** Connecting identities at providers with accounts, and disconnecting them: told to the owner and in the trail. */
@Injectable()
export class IdentityLinks {
  constructor(
    private readonly identities: FederatedIdentitiesService,
    private readonly providers: IdentityProvidersService,
    private readonly email: EmailService,
    private readonly audit: AuditService,
  ) {}

  /**
   * From now on the identity opens the account, which the caller has locked or just made. Returns its id. Throws
   * `AppError` 409 `identity_taken`.
   * @param isReported whether the owner gets an email: not when it is what the account was opened with
   */
  async addLink(
    tx: EntityManager,
    actor: Actor,
    user: User,
    { provider, claims }: ProvenIdentity,
    { isReported = true } = {},
  ): Promise<string> {
    const id = await this.identities.addIdentity(tx, user.id, claims, new Date());
    await this.audit.recordEvent(tx, 'user.identity_connected', actor, userSubject(user.id), {
      changes: { provider: { old: null, new: provider.name } },
      personalChanges: {
        identity: { old: null, new: { issuer: claims.issuer, subject: claims.subject } },
      },
    });
    if (isReported)
      await this.emailOwner(tx, 'identity_connected', user, provider.label, claims.knownAs);
    return id;
  }

  /**
   * Takes an identity from the account, which the caller has locked. Throws `AppError` 409 `last_way_in` when its
   * owner could not sign in any more.
   */
  async removeLink(
    tx: EntityManager,
    actor: Actor,
    user: User,
    identity: FederatedIdentity,
  ): Promise<void> {
    const labels = labelsByIssuer(await this.providers.all(tx));
    const all = await this.identities.identitiesOf(user.id, tx);
    if (isLastWayIn(identity, user, all, labels)) throw new AppError('last_way_in');
    await this.identities.disconnect(tx, actor, identity, labels);
    const { issuer, knownAs } = identity;
    const label = labels.get(issuer)?.label ?? issuer;
    await this.emailOwner(tx, 'identity_disconnected', user, label, knownAs);
  }

  private async emailOwner(
    tx: EntityManager,
    mail: 'identity_connected' | 'identity_disconnected',
    { username, email }: User,
    label: string,
    knownAs: string,
  ): Promise<void> {
    await this.email.send(tx, mail, email, {
      username,
      label,
      knownAs,
      resetLink: this.email.link(PASSWORD_RESET_PATH),
    });
  }
}

/**
 * Whether an account could not be signed in to without one of its identities.
 * @param labels the providers that exist, by issuer
 */
export function isLastWayIn(
  identity: FederatedIdentity,
  owner: Pick<User, 'passwordHash'>,
  all: FederatedIdentity[],
  labels: ReadonlyMap<string, unknown>,
): boolean {
  if (hasPassword(owner)) return false;
  return !all.some(({ id, issuer }) => id !== identity.id && labels.has(issuer));
}
