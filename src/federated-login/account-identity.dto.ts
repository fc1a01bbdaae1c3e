import { ApiProperty } from '@nestjs/swagger';
import type { FederatedIdentity } from '../federation/federated-identity.entity.js';

/** An identity at a provider that opens your account. */
export class AccountIdentityDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;
  /**
   * The name of the provider; null when it is not there any more.
   * @example google
   */
  provider!: string | null;
  /** @example Google */
  label!: string;
  /**
   * What it was called there at the latest sign-in.
   * @example ann@example.com
   */
  knownAs!: string;
  createdAt!: Date;
  /** The latest sign-in with it. */
  lastUsedAt!: Date;

  /** Picks what the owner may see: not the subject. */
  static of(
    { id, issuer, knownAs, createdAt, lastUsedAt }: FederatedIdentity,
    providers: ReadonlyMap<string, { name: string; label: string }>,
  ): AccountIdentityDto {
    const provider = providers.get(issuer);
    return {
      id,
      provider: provider?.name ?? null,
      label: provider?.label ?? issuer,
      knownAs,
      createdAt,
      lastUsedAt,
    };
  }
}
