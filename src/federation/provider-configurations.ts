import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import ms from 'ms';
import type { ClientAuth, Configuration, ServerMetadata } from 'openid-client';
import { hashOfSecret } from '../common/secret-token.js';
import { AppConfig } from '../platform/config/app-config.js';
import { isGithub } from '../platform/config/provider-settings.js';
import { appleSecret } from './apple-secret.js';
import { githubMetadata } from './github.js';
import type { IdentityProvider } from './identity-providers.service.js';
import { ProviderHttp } from './provider-http.js';

/** By how many seconds a clock may differ from ours. */
export const CLOCK_TOLERANCE = 60;
const MAX_KEPT = 50;
const KEPT_FOR = ms('1h');

/** That a provider can not be what it was configured as. The message is for whoever configured it. */
export class ProviderMisconfigured extends Error {}

/**
 * What is known of providers: their metadata (OpenID Connect Discovery 1.0), and with it their keys, for an
 * hour. openid-client is loaded with the first one.
 */
@Injectable()
export class ProviderConfigurations {
  private readonly kept = new LRUCache<string, Promise<Configuration>>({
    max: MAX_KEPT,
    ttl: KEPT_FOR,
  });
  private readonly allowsLoopback: boolean;

  constructor(
    private readonly http: ProviderHttp,
    { environment }: AppConfig,
  ) {
    this.allowsLoopback = environment !== 'production';
  }

  /** Throws `ProviderUnreachable`, `ProviderMisconfigured`, and what openid-client throws. */
  async configurationOf(provider: IdentityProvider): Promise<Configuration> {
    const { name, issuer, clientId, tokenOrigin, secret } = provider;
    // Another secret is another client.
    const key = hashOfSecret(JSON.stringify([name, issuer, clientId, tokenOrigin, secret()]));
    const known = this.kept.get(key);
    if (known) return known;
    const asked = this.discoverConfiguration(provider);
    this.kept.set(key, asked);
    asked.catch(() => this.kept.delete(key));
    return asked;
  }

  /** The same, without believing what is known. */
  async discoverConfiguration(provider: IdentityProvider): Promise<Configuration> {
    const client = await import('openid-client');
    const { issuer, clientId } = provider;
    const extensions = [
      // ASVS 6.8.2: also of tokens that came over TLS from the provider itself.
      client.enableNonRepudiationChecks,
      // Which of them may be without TLS is decided by the client for all requests, `ProviderHttp`.
      ...(this.allowsLoopback ? [client.allowInsecureRequests] : []),
    ];
    const metadata = { [client.clockTolerance]: CLOCK_TOLERANCE };
    const auth: ClientAuth = (server, ...request) =>
      authOf(client, provider, server)(server, ...request);
    if (isGithub(provider)) {
      const known = new client.Configuration(githubMetadata(issuer), clientId, metadata, auth);
      assertSecretMayGo(provider, known.serverMetadata());
      if (this.allowsLoopback) client.allowInsecureRequests(known);
      known[client.customFetch] = this.http.fetch;
      return known;
    }
    const found = await client.discovery(new URL(issuer), clientId, metadata, auth, {
      execute: extensions,
      [client.customFetch]: this.http.fetch,
    });
    this.assertUsable(found.serverMetadata(), issuer);
    assertSecretMayGo(provider, found.serverMetadata());
    return found;
  }

  /** Throws `ProviderMisconfigured`. */
  private assertUsable(server: ServerMetadata, issuer: string): void {
    if (server.issuer !== issuer) {
      throw new ProviderMisconfigured(`It says that its issuer is ${server.issuer.slice(0, 200)}.`);
    }
    const { authorization_endpoint, token_endpoint, jwks_uri } = server;
    for (const [name, address] of Object.entries({
      authorization_endpoint,
      token_endpoint,
      jwks_uri,
    })) {
      if (typeof address !== 'string' || !URL.canParse(address)) {
        throw new ProviderMisconfigured(`It tells no ${name}.`);
      }
      this.http.assertAllowed(new URL(address));
    }
  }
}

/** Where a secret is sent. */
export function tokenOriginOf({ token_endpoint }: ServerMetadata): string {
  return new URL(token_endpoint!).origin;
}

/** The issuer may name another token endpoint any day; whoever gave the secret saw this one. Throws `ProviderMisconfigured`. */
function assertSecretMayGo({ tokenOrigin }: IdentityProvider, server: ServerMetadata): void {
  const found = tokenOriginOf(server);
  if (tokenOrigin === null || tokenOrigin === found) return;
  throw new ProviderMisconfigured(
    `Its token endpoint is at ${found} now, and was at ${tokenOrigin} when its secret was given. Give the secret again.`,
  );
}

/** How we say who we are: in the way that OpenID Connect takes for granted, unless the provider knows another only. */
function authOf(
  client: typeof import('openid-client'),
  provider: IdentityProvider,
  { token_endpoint_auth_methods_supported: methods }: ServerMetadata,
): ClientAuth {
  if (provider.apple) return client.ClientSecretPost(appleSecret(provider));
  const isBasic = methods?.includes('client_secret_basic') ?? true;
  return isBasic
    ? client.ClientSecretBasic(provider.secret())
    : client.ClientSecretPost(provider.secret());
}
