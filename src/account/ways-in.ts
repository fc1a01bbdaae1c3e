import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../http/current-actor.decorator.js';
import { FederatedIdentitiesService } from '../federation/federated-identities.service.js';
import { FederationAttemptsService } from '../federation/federation-attempts.service.js';
import { IdentityProvidersService } from '../federation/identity-providers.service.js';
import { labelsByIssuer } from '../federation/labels-by-issuer.js';
import { PASSWORD_PURPOSES } from '../one-time-tokens/one-time-token.entity.js';
import { OneTimeTokensService } from '../one-time-tokens/one-time-tokens.service.js';
import { KnownNetworksService } from '../passwords/known-networks.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { hasPassword } from '../users/unusable-password.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/**
 * Everything that lets a person into an account, or back into it later. Whatever is added to an account of that
 * kind is added here, and ends with every recovery; test/account/recoveries.test.ts asks of each table which one it is.
 */
export const WAYS_IN = [
  'password',
  'identity',
  'session',
  'mailed_link',
  'undo_link',
  'federation_attempt',
  'known_network',
  'known_browser',
] as const;

export type WayIn = (typeof WAYS_IN)[number];

/** What stays with the person who recovers an account, because they hold it or chose it. All else ends. */
export interface Kept {
  /** The hash of the password from now on. The present one keeps the password. */
  passwordHash: string;
  /** The ids of identities. */
  identities: readonly string[];
  /** The id of the session in which they act. */
  session?: string | undefined;
  /** Links that undo a change of address stay if they were sent before that time. */
  undoLinksBefore: Date;
}

/** An account that is being recovered, which the caller has locked. */
export interface Recovered {
  tx: EntityManager;
  actor: Actor;
  user: User;
  kept: Kept;
  now: Date;
}

/** Ends a way in, but for what is kept. Returns what the owner should read that they lost. */
type End = (recovered: Recovered) => Promise<string[] | void>;

/** How each way into an account ends. */
@Injectable()
export class WaysIn {
  private readonly ends: Record<WayIn, End>;

  constructor(
    users: UsersService,
    sessions: SessionsService,
    private readonly identities: FederatedIdentitiesService,
    attempts: FederationAttemptsService,
    tokens: OneTimeTokensService,
    networks: KnownNetworksService,
    private readonly providers: IdentityProvidersService,
  ) {
    this.ends = {
      password: async ({ tx, user, kept: { passwordHash } }) => {
        if (passwordHash === user.passwordHash) return [];
        await users.setPassword(tx, user.id, passwordHash);
        return hasPassword({ passwordHash }) ? [] : ['the password'];
      },
      identity: (recovered) => this.endIdentities(recovered),
      session: async ({ tx, user, kept: { session: except }, now }) => {
        await sessions.endAll(
          tx,
          user.id,
          'recovered',
          now,
          except === undefined ? {} : { except },
        );
      },
      mailed_link: async ({ tx, user }) => {
        for (const purpose of ['prove_email', ...PASSWORD_PURPOSES] as const) {
          await tokens.endAll(tx, purpose, user.id);
        }
      },
      undo_link: ({ tx, user, kept: { undoLinksBefore: since } }) =>
        tokens.endAll(tx, 'undo_email_change', user.id, { since }),
      federation_attempt: ({ tx, user }) => attempts.endAll(tx, user.id),
      known_network: ({ tx, user }) => networks.forgetNetworks(tx, user.id),
      known_browser: ({ tx, user, now }) => users.forgetBrowsers(tx, user.id, now),
    };
  }

  /** Ends all of them, in the order of the list, but for what is kept. Returns what the owner should read that they lost. */
  async endAll(recovered: Recovered): Promise<string[]> {
    const lost: string[] = [];
    for (const way of WAYS_IN) lost.push(...((await this.ends[way](recovered)) ?? []));
    return lost;
  }

  private async endIdentities({ tx, actor, user, kept }: Recovered): Promise<string[]> {
    const all = await this.identities.identitiesOf(user.id, tx);
    const ended = all.filter(({ id }) => !kept.identities.includes(id));
    if (ended.length === 0) return [];
    const providers = labelsByIssuer(await this.providers.all(tx));
    for (const identity of ended) await this.identities.disconnect(tx, actor, identity, providers);
    return ended.map(({ issuer, knownAs }) => {
      const label = providers.get(issuer)?.label ?? issuer;
      return knownAs === '' ? label : `${label}, as ${knownAs}`;
    });
  }
}
