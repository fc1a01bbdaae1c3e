import { Injectable } from '@nestjs/common';
import { isGithub } from '../platform/config/provider-settings.js';
import type { AnsweredAttempt, AttemptSecrets } from './federation-attempts.service.js';
import { githubClaims } from './github.js';
import { type IdentityClaims, identityClaims, MalformedClaims } from './identity-claims.js';
import type { IdentityProvider } from './identity-providers.service.js';
import { CLOCK_TOLERANCE, ProviderConfigurations } from './provider-configurations.js';

/** The parameters with which a provider sends somebody back. */
export interface ProviderAnswer {
  code?: string | undefined;
  state: string;
  iss?: string | undefined;
  error?: string | undefined;
}

/**
 * The authorization code flow (OpenID Connect Core 1.0 section 3.1) with PKCE (RFC 7636, S256 only), as RFC 9700
 * asks for it. Everything here talks to the provider; nothing touches the database.
 */
@Injectable()
export class CodeFlow {
  constructor(private readonly configurations: ProviderConfigurations) {}

  /**
   * Where somebody goes to sign in at a provider.
   * @param again has them sign in although they have done so before
   */
  async authorizationUrl(
    provider: IdentityProvider,
    { state, nonce, verifier }: AttemptSecrets,
    { redirectUri, again }: { redirectUri: string; again: boolean },
  ): Promise<string> {
    const configuration = await this.configurations.configurationOf(provider);
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client');
    return buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: provider.scopes,
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(!isGithub(provider) && { nonce }),
      ...(again && { max_age: '0' }),
      // Apple sends addresses in no other way.
      ...(provider.apple && { response_mode: 'form_post' }),
    }).href;
  }

  /**
   * Who signed in: exchanges the code, and believes an ID token whose signature, issuer, audience, nonce and
   * times are right (ASVS 6.8.2, 10.5.1 to 10.5.4).
   */
  async claims(
    provider: IdentityProvider,
    answer: ProviderAnswer,
    { redirectUri, state, nonce, verifier }: AnsweredAttempt,
  ): Promise<IdentityClaims> {
    const configuration = await this.configurations.configurationOf(provider);
    const { authorizationCodeGrant } = await import('openid-client');
    const tokens = await authorizationCodeGrant(configuration, addressOf(redirectUri, answer), {
      expectedState: state,
      pkceCodeVerifier: verifier,
      ...(!isGithub(provider) && { expectedNonce: nonce, idTokenExpected: true }),
    });
    if (isGithub(provider)) {
      return identityClaims(
        provider.issuer,
        await githubClaims(configuration, tokens.access_token),
      );
    }
    const claims = tokens.claims()!;
    assertForUs(claims, provider.clientId);
    const more = await this.userInfo(provider, claims, tokens.access_token);
    return identityClaims(provider.issuer, { ...more, ...claims });
  }

  /** What the provider tells of somebody elsewhere than in the ID token: often the address. */
  private async userInfo(
    provider: IdentityProvider,
    claims: { sub: string; email?: unknown },
    accessToken: string,
  ): Promise<Record<string, unknown>> {
    const configuration = await this.configurations.configurationOf(provider);
    if (claims.email !== undefined || !configuration.serverMetadata().userinfo_endpoint) return {};
    const { fetchUserInfo } = await import('openid-client');
    const { email, email_verified, preferred_username, name, given_name, family_name } =
      await fetchUserInfo(configuration, accessToken, claims.sub);
    return { email, email_verified, preferred_username, name, given_name, family_name };
  }
}

/** The address at which the answer arrived, with what of it is the provider's. */
function addressOf(redirectUri: string, { code, state, iss, error }: ProviderAnswer): URL {
  const address = new URL(redirectUri);
  for (const [name, value] of Object.entries({ code, state, iss, error })) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return address;
}

/** What openid-client leaves to us (OpenID Connect Core 1.0 section 3.1.3.7, items 5 and 10). */
function assertForUs({ azp, iat }: { azp?: unknown; iat: number }, clientId: string): void {
  if (azp !== undefined && azp !== clientId) {
    throw new MalformedClaims('The authorized party is somebody else.');
  }
  if (iat > Date.now() / 1000 + CLOCK_TOLERANCE) {
    throw new MalformedClaims('The ID token was issued in the future.');
  }
}
