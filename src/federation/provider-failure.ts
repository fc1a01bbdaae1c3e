import { AppError } from '../http/app-error.js';
import { UnknownSecret } from '../common/secret-keys.js';
import type { IdentityProvider } from './identity-providers.service.js';
import { ProviderMisconfigured } from './provider-configurations.js';
import { ProviderUnreachable } from './provider-http.js';

/** RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6: it is up to the person. */
const DECLINED = new Set([
  'access_denied',
  'consent_required',
  'interaction_required',
  'login_required',
  'account_selection_required',
  // Apple's word for it.
  'user_cancelled_authorize',
]);
/** Of what a failure is called in the log: some of the words are the provider's. */
const MAX_LENGTH = 300;
/** openid-client's code for metadata of somebody else. */
const OTHER_ISSUER = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';
const BUSY = new Set(['temporarily_unavailable', 'server_error']);

/**
 * What somebody is told whose sign-in with a provider failed, and what stands in the log: never what the
 * provider sent, as there may be tokens in it (ASVS 16.2.5).
 */
export function providerFailure({ name, label }: IdentityProvider, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  // It was never asked: the fault is here.
  const unknown = inChain(thrown, UnknownSecret);
  if (unknown) {
    return new AppError('provider_secret_unreadable', {
      detail: `Signing in with ${label} does not work because of a mistake in the configuration of this site. Tell an administrator, and take another way.`,
      cause: unknown,
    });
  }
  const cause = new Error(`The provider ${name}: ${describe(thrown)}`);
  const { error } = thrown as { error?: unknown };
  if (typeof error === 'string' && DECLINED.has(error)) {
    return new AppError('federation_declined', {
      detail: `You did not sign in at ${label}, or did not allow it. Try again, or take another way.`,
      cause,
    });
  }
  // A code that was used or has expired: theirs to decide, ours to begin again.
  if (error === 'invalid_grant') return new AppError('federation_attempt_invalid', { cause });
  if (isDown(thrown) || (typeof error === 'string' && BUSY.has(error))) {
    return new AppError('provider_unavailable', {
      detail: `${label} cannot be reached at the moment. Try again in a minute, or take another way.`,
      cause,
    });
  }
  return new AppError('provider_answer_refused', {
    detail: `What ${label} answered cannot be accepted. Tell an administrator, and take another way.`,
    cause,
  });
}

/** The sentence about a provider for the administrator who configures it. */
export function reasonOfFailure(thrown: unknown): string {
  const unknown = inChain(thrown, UnknownSecret);
  if (unknown) return unknown.message;
  const unreachable = inChain(thrown, ProviderUnreachable);
  if (unreachable) return `It cannot be reached: ${unreachable.message}`;
  const misconfigured = inChain(thrown, ProviderMisconfigured);
  if (misconfigured) return misconfigured.message;
  const { code, cause } = thrown as { code?: unknown; cause?: unknown };
  if (cause instanceof Response) return `It has no metadata: it answered ${cause.status}.`;
  return code === OTHER_ISSUER
    ? 'It says that its issuer is another one.'
    : 'Its metadata cannot be read.';
}

function isDown(thrown: unknown): boolean {
  const { cause } = thrown as { cause?: unknown };
  const isFailure = cause instanceof Response && cause.status >= 500;
  return isFailure || inChain(thrown, ProviderUnreachable) !== undefined;
}

/** The sentences of the libraries and ours, and the codes; the values that they are about stay out. */
function describe(thrown: unknown): string {
  const { code, error } = thrown as { code?: unknown; error?: unknown };
  const messages: unknown[] = [];
  for (let one = thrown; one instanceof Error; one = one.cause) {
    // A parser quotes what it could not read.
    if (!(one instanceof SyntaxError)) messages.push(one.message);
  }
  const words = [...messages, code, error].filter((one) => typeof one === 'string');
  return [...new Set(words)].join(', ').replaceAll(/\p{C}/gu, ' ').slice(0, MAX_LENGTH);
}

function inChain<T extends Error>(
  thrown: unknown,
  type: new (message: string) => T,
): T | undefined {
  for (let one = thrown; one instanceof Error; one = one.cause) {
    if (one instanceof type) return one;
  }
  return undefined;
}
