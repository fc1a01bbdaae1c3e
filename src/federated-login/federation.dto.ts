import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { RefreshTokenIn, type RefreshTokenPlace } from '../auth/refresh-token-in.decorator.js';
import { IfGiven } from '../http/if-given.decorator.js';

/** What a provider, or we, hand to a program for it to send back: looked at where it is used. */
function Opaque(example: string, description: string, required = true): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, required, minLength: 1, maxLength: 2048, example, description }),
    ...(required ? [] : [IfGiven()]),
    IsNotEmpty({ message: 'This field is required.' }),
    IsString({ message: 'This must be text.' }),
    MaxLength(2048, { message: 'This must have at most 2048 characters.' }),
  );
}

/** A provider that people can sign in with. */
export class ProviderDto {
  /**
   * What stands in addresses.
   * @example google
   */
  name!: string;
  /** @example Google */
  label!: string;
}

const SIGN_IN_PURPOSES = ['sign_in', 'reauthenticate'] as const;

/** Where a program wants the sign-in to end. */
export class StartFederationDto {
  @Opaque('com.example.app:/callback', 'One of OIDC_REDIRECT_URIS, letter for letter.')
  redirectUri!: string;
}

/** The same for a sign-in, and what it is for. */
export class StartSignInDto extends StartFederationDto {
  @ApiProperty({
    enum: SIGN_IN_PURPOSES,
    required: false,
    default: 'sign_in',
    description:
      '`reauthenticate` renews the session of the caller, for what needs a recent sign-in.',
  })
  @IfGiven()
  @IsIn(SIGN_IN_PURPOSES, { message: 'The purpose must be sign_in or reauthenticate.' })
  purpose?: (typeof SIGN_IN_PURPOSES)[number];
}

/** What a program needs to have somebody sign in at a provider. */
export class StartedFederationDto {
  /** To be opened in the browser of the system (RFC 8252). */
  @ApiProperty({ format: 'uri' })
  authorizationUrl!: string;
  /** A secret: send it back to end what has begun. */
  handle!: string;
  /**
   * Seconds until it expires.
   * @example 600
   */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;
}

/** What the provider sent to the redirect URI, and the handle. */
export class CompleteFederationDto {
  @Opaque('Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5', 'The `handle` from the start.')
  handle!: string;

  @Opaque('4/P7q7W91a-oMsCeLvIaQm6bTrgtp7', 'The `code` of the provider.')
  code!: string;

  @Opaque('k8Zc1x0Wm5r3t6y9', 'The `state` of the provider.')
  state!: string;

  @Opaque(
    'https://accounts.google.com',
    'The `iss` of the provider (RFC 9207), if it sent one.',
    false,
  )
  iss?: string;
}

/** The same to sign in, and perhaps to confirm the address of the account in one step. */
export class SignInWithProviderDto extends CompleteFederationDto {
  @Opaque(
    'Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5',
    'The `token` of a link that proves the address of the account.',
    false,
  )
  emailToken?: string;

  @RefreshTokenIn()
  refreshTokenIn?: RefreshTokenPlace;
}
