import { AppError } from '../common/app-error.js';
import { deriveKey, seal, unseal } from '../common/crypto.js';

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

/** Keeps the secrets of providers encrypted, each bound to what it is for: a row that is changed opens nothing. */
export class ProviderSecrets {
  private readonly key: Buffer;

  constructor(appSecret: string) {
    this.key = deriveKey(appSecret, 'identity-providers');
  }

  seal(secret: string, purpose: SecretPurpose): string {
    return BOUND + seal(this.key, secret, contextOf(purpose));
  }

  /** Throws when it was sealed under another `APP_SECRET`, or for something else. */
  open(sealed: string, purpose: SecretPurpose): string {
    const { name } = purpose;
    try {
      return sealed.startsWith(BOUND)
        ? unseal(this.key, sealed.slice(BOUND.length), contextOf(purpose))
        : unseal(this.key, sealed, name);
    } catch (cause) {
      throw new Error(
        `The secret of the provider ${name} was encrypted under another APP_SECRET or for another issuer. Set the old APP_SECRET again, or give the provider its secret again.`,
        { cause },
      );
    }
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
