import { Injectable } from '@nestjs/common';
import { AuditTrailService, type Opening } from '../audit/audit-trail.service.js';
import { AppError } from '../http/app-error.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { labelsByIssuer } from '../federation/labels-by-issuer.js';
import type { TokenPurpose } from '../one-time-tokens/one-time-token.entity.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { emailKey } from '../users/identifiers.js';
import { isMeantToHavePassword } from '../users/invited.js';
import { hasPassword } from '../users/unusable-password.js';
import { UsersService } from '../users/users.service.js';
import { LinkedAccountDto } from './linked-account.dto.js';

/** A mailed link as its holder may see it before it is used. */
export interface LinkedAccount extends Omit<LinkedAccountDto, 'username'> {
  /** What names the account. */
  username: string;
  userId: string;
  /** Whether the link proves an address of the account for the first time. */
  isFirstProof: boolean;
}

/** Whose account a mailed link is for: nobody should act on one without knowing. */
@Injectable()
export class LinkedAccountsService {
  constructor(
    private readonly tokens: OneTimeTokensService,
    private readonly users: UsersService,
    private readonly identities: FederatedIdentitiesService,
    private readonly providers: IdentityProvidersService,
    private readonly trail: AuditTrailService,
  ) {}

  /**
   * The account of a link that is still good. Throws `AppError` 400 `invalid_link`.
   * @param purposes those that the link may have
   */
  async find(token: string, purposes?: readonly TokenPurpose[]): Promise<LinkedAccount> {
    const claim = await this.tokens.read(purposes, token);
    const user = await this.users.findById(claim.userId);
    if (!user?.isActive) throw new AppError('invalid_link');
    const { id: userId, username, createdAt: openedAt } = user;
    const isProof = claim.purpose === 'prove_email';
    const isFirstProof = isProof && user.emailVerifiedAt === null;
    // Moving a proven account removes none of them, and may lead to the mailbox of a stranger by mistake.
    const isShown = !isProof || isFirstProof;
    const connected = isShown ? await this.identities.identitiesOf(userId) : [];
    const providers = await this.providers.shown();
    const labels = labelsByIssuer(providers);
    const opening = await this.trail.openingOf(userId);
    const provider = providers.find(({ name }) => name === opening?.provider);
    return {
      userId,
      isFirstProof,
      purpose: claim.purpose,
      username,
      address: claim.value,
      openedAt,
      openedBy: openedBy(opening),
      openedWith: provider?.label ?? opening?.provider ?? null,
      hasPassword: hasPassword(user),
      mayChoosePassword:
        isFirstProof &&
        emailKey(claim.value) === user.emailKey &&
        (isMeantToHavePassword(user) || connected.length > 0),
      identities: connected.map(({ id, issuer, knownAs, createdAt }) => {
        const { name = null, label = issuer } = labels.get(issuer) ?? {};
        return { id, provider: name, label, knownAs, connectedAt: createdAt };
      }),
    };
  }
}

function openedBy(opening: Opening | null): LinkedAccountDto['openedBy'] {
  if (!opening) return null;
  if (opening.action === 'user.registered') return opening.provider ? 'provider' : 'registration';
  return opening.origin === 'cli' ? 'operator' : 'administrator';
}
