import { Injectable } from '@nestjs/common';
import type { CallingActor } from '../http/current-actor.decorator.js';
import { AppError } from '../http/app-error.js';
import { LimitsService } from '../platform/throttling/limits.service.js';
import { CodeFlow, type ProviderAnswer } from './code-flow.js';
import type { FederationPurpose } from './federation-attempt.entity.js';
import {
  type AnsweredAttempt,
  FederationAttemptsService,
  type NewAttempt,
} from './federation-attempts.service.js';
import type { IdentityClaims } from './identity-claims.js';
import { type IdentityProvider, IdentityProvidersService } from './identity-providers.service.js';
import { providerFailure } from './provider-failure.js';

/** A sign-in with a provider that has begun. */
export interface BegunFederation {
  authorizationUrl: string;
  /** Only who holds it can end what was begun. */
  handle: string;
  /** In seconds. */
  expiresIn: number;
}

/** Who somebody is, as their provider has just proven. */
export interface ProvenIdentity {
  provider: IdentityProvider;
  attempt: AnsweredAttempt;
  claims: IdentityClaims;
}

/** Sending people to a provider, and believing what it says of them. What follows from it others decide. */
@Injectable()
export class FederationService {
  constructor(
    private readonly providers: IdentityProvidersService,
    private readonly attempts: FederationAttemptsService,
    private readonly flow: CodeFlow,
    private readonly limits: LimitsService,
  ) {}

  /**
   * Throws `AppError` 404 for a provider that is unknown, 429 `too_many_requests`, 502
   * `provider_answer_refused`, 503 `provider_unavailable`.
   */
  async begin(
    actor: CallingActor,
    name: string,
    attempt: Omit<NewAttempt, 'provider' | 'issuer'>,
  ): Promise<BegunFederation> {
    await this.limits.countAgainstLimitOfNetwork(
      actor,
      'federation_starts_per_ip',
      actor.client.ip,
    );
    const provider = await this.providers.getProvider(name);
    const { issuer } = provider;
    const { handle, expiresIn, secrets } = await this.attempts.begin({
      ...attempt,
      provider: name,
      issuer,
    });
    const { redirectUri, purpose } = attempt;
    const again = purpose === 'reauthenticate';
    const authorizationUrl = await this.flow
      .authorizationUrl(provider, secrets, { redirectUri, again })
      .catch((error: unknown) => {
        throw providerFailure(provider, error);
      });
    return { authorizationUrl, handle, expiresIn };
  }

  /**
   * Uses an attempt up, and finds out from the provider who it is. Throws `AppError` 400
   * `federation_attempt_invalid`, 403 `federation_declined`, 404, 502 `provider_answer_refused`, 503
   * `provider_unavailable`.
   * @param onAttempt is given the attempt as soon as it is used up, whatever comes of it
   */
  async finish(
    name: string,
    handle: string,
    answer: ProviderAnswer,
    purposes: readonly FederationPurpose[],
    onAttempt?: (attempt: AnsweredAttempt) => void,
  ): Promise<ProvenIdentity> {
    const provider = await this.providers.getProvider(name);
    const attempt = await this.attempts.consume(name, answer.state, handle, purposes);
    onAttempt?.(attempt);
    if (attempt.issuer !== provider.issuer) throw new AppError('federation_attempt_invalid');
    try {
      return { provider, attempt, claims: await this.flow.claims(provider, answer, attempt) };
    } catch (error) {
      throw providerFailure(provider, error);
    }
  }
}
