import { ApiProperty } from '@nestjs/swagger';
import type { IdentityProvider } from '../../federation/identity-providers.service.js';

/** A provider that people can sign in with. Its secret is never shown. */
export class IdentityProviderDto {
  /** Null: the environment says it (`OIDC_<NAME>_…`), and nobody changes it here. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;
  /** @example google */
  name!: string;
  /** @example Google */
  label!: string;
  /** @example https://accounts.google.com */
  @ApiProperty({ format: 'uri' })
  issuer!: string;
  /** @example 1234567890.apps.googleusercontent.com */
  clientId!: string;
  /** @example "openid email profile" */
  scopes!: string;
  /** Whether an address that the provider has verified leads to an existing account without asking. */
  trustsEmail!: boolean;
  /**
   * To be told to the provider, letter for letter.
   * @example https://accounts.example.com/accounts/federation/google/callback
   */
  @ApiProperty({ format: 'uri' })
  redirectUri!: string;

  /** Picks what administrators may see. */
  static of(provider: IdentityProvider, redirectUri: string): IdentityProviderDto {
    const { id, name, label, issuer, clientId, scopes, trustsEmail } = provider;
    return { id, name, label, issuer, clientId, scopes, trustsEmail, redirectUri };
  }
}
