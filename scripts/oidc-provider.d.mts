import type { Configuration, Provider } from 'oidc-provider';

export function createOidcProvider(
  issuer: string,
  client: { id: string; secret: string; redirectUris: string[] },
  overrides?: Configuration,
): Provider;
