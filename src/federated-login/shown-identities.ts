import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../database/change-feed.js';
import { LiveEntries } from '../database/live-entries.js';
import type { FederatedIdentity } from '../federation/federated-identity.entity.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { AccountIdentityDto, type ShownIdentity } from './account-identity.dto.js';
import { labelsByIssuer } from '../federation/labels-by-issuer.js';

const LIMITS = { maxEntries: 10_000, maxBytes: 8 * 1024 * 1024 };

/** With whom an account is connected, and with whom it could be. */
export interface IdentitiesOverview {
  /** The oldest first. */
  identities: AccountIdentityDto[];
  /** By label. */
  connectable: { name: string; label: string }[];
}

/** Identities as their owners look at them, in memory until they change. Nothing is decided by them. */
@Injectable()
export class ShownIdentities {
  private readonly kept: LiveEntries<readonly ShownIdentity[]>;

  constructor(
    changes: ChangeFeed,
    identities: FederatedIdentitiesService,
    private readonly providers: IdentityProvidersService,
  ) {
    this.kept = new LiveEntries<readonly ShownIdentity[]>(changes, 'account', {
      ...LIMITS,
      load: async (userId) => (await identities.ofUser(userId)).map(shown),
    });
  }

  /** What is connected with an account, and the providers that could be, as they are not yet. */
  async overview(userId: string): Promise<IdentitiesOverview> {
    const labels = labelsByIssuer(await this.providers.shown());
    const identities = (await this.kept.get(userId)) ?? [];
    const connected = new Set(identities.map(({ issuer }) => issuer));
    return {
      identities: identities.map((identity) => AccountIdentityDto.of(identity, labels)),
      connectable: [...labels]
        .filter(([issuer]) => !connected.has(issuer))
        .map(([, provider]) => provider)
        .toSorted((a, b) => a.label.localeCompare(b.label, 'en')),
    };
  }
}

function shown({ id, issuer, knownAs, createdAt, lastUsedAt }: FederatedIdentity): ShownIdentity {
  return { id, issuer, knownAs, createdAt, lastUsedAt };
}
