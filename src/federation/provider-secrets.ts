import { AppError } from '../http/app-error.js';
import { type AppSecrets, SealingKeys } from '../common/secret-keys.js';
import type { SealedColumn } from '../common/sealed-column.js';

/** Whose a client secret is, and where it may go. */
export interface SecretPurpose {
  name: string;
  issuer: string;
  clientId: string;
  /** The origin of the token endpoint; null: any, as it is not known. */
  tokenOrigin: string | null;
}

/** Stands before a secret that is bound to its purpose. Without it, it was bound to the name alone. */
const BOUND = '2.';

/** Where the secrets of providers are sealed. */
export const SEALED_PROVIDER_SECRETS: SealedColumn = {
  purpose: 'identity-providers',
  what: 'secrets of providers',
  table: 'identity_providers',
  id: 'id',
  column: 'sealed_client_secret',
  boundTo: ['name', 'issuer', 'client_id', 'token_origin'],
  partsOf: (row) =>
    partsOf(row.sealed_client_secret!, {
      name: row.name!,
      issuer: row.issuer!,
      clientId: row.client_id!,
      tokenOrigin: row.token_origin ?? null,
    }),
};

/** Keeps the secrets of providers encrypted, each bound to what it is for: a row that is changed opens nothing. */
export class ProviderSecrets {
  private readonly keys: SealingKeys;

  constructor(secrets: AppSecrets) {
    this.keys = new SealingKeys(secrets, 'identity-providers');
  }

  seal(secret: string, purpose: SecretPurpose): string {
    return BOUND + this.keys.seal(secret, contextOf(purpose));
  }

  /** Throws `UnknownSecret` for a secret that was sealed under another `APP_SECRET`, or for something else. */
  open(sealed: string, purpose: SecretPurpose): string {
    const parts = partsOf(sealed, purpose);
    const what = `The secret of the provider ${purpose.name}`;
    return this.keys.open(parts.sealed, parts.context, what);
  }
}

/**
 * Throws `AppError` 422 `required` when a secret that is kept would be for somebody else: a movable destination
 * would bring it to whoever moves it. One of before its token endpoint was kept may have any.
 */
export function assertSecretStays(before: SecretPurpose, after: SecretPurpose): void {
  const isSame =
    before.issuer === after.issuer &&
    before.clientId === after.clientId &&
    (before.tokenOrigin === null || before.tokenOrigin === after.tokenOrigin);
  if (isSame) return;
  throw AppError.validation([
    {
      field: 'clientSecret',
      code: 'required',
      message:
        'Give the secret again: it was given for another issuer, client id or token endpoint.',
    },
  ]);
}

function contextOf({ name, issuer, clientId, tokenOrigin }: SecretPurpose): string {
  return JSON.stringify([name, issuer, clientId, tokenOrigin]);
}

function partsOf(sealed: string, purpose: SecretPurpose) {
  return sealed.startsWith(BOUND)
    ? { prefix: BOUND, sealed: sealed.slice(BOUND.length), context: contextOf(purpose) }
    : { prefix: '', sealed, context: purpose.name };
}
