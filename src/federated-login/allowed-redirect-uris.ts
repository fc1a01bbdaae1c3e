import { Injectable } from '@nestjs/common';
import { AppError } from '../http/app-error.js';
import { AppConfig } from '../platform/config/app-config.js';
import { isAllowedRedirectUri } from '../platform/config/redirect-uris.js';

/** Where a sign-in of a program may end. */
@Injectable()
export class AllowedRedirectUris {
  constructor(private readonly config: AppConfig) {}

  /** Throws `AppError` 422 for an address that `OIDC_REDIRECT_URIS` does not name (ATTACKS A61). */
  assertAllowed(uri: string): void {
    if (isAllowedRedirectUri(uri, this.config.federationRedirectUris)) return;
    throw AppError.validation([
      {
        field: 'redirectUri',
        code: 'redirect_uri_not_allowed',
        message: 'A sign-in must not end at this address: OIDC_REDIRECT_URIS does not name it.',
      },
    ]);
  }
}
